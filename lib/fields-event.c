/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows of an event. Words stand in it as they are shown; only the time is put into words here.
 */
#include <time.h>

#include "event.h"
#include "fields.h"

static const struct memhp_event *event_of(const struct memhp_object *object)
{
	return object->item;
}

GETTER(get_time)
{
	time_t seconds = (time_t)(event_of(object)->milliseconds / 1000);
	struct tm parts;

	if (gmtime_r(&seconds, &parts) == NULL) {
		value_null(ret_value);
		return;
	}
	text_format(ret_value->buffer, sizeof(ret_value->buffer),
		    "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", parts.tm_year + 1900, parts.tm_mon + 1,
		    parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
		    (unsigned int)(event_of(object)->milliseconds % 1000));
	value_text(ret_value, ret_value->buffer);
}

GETTER(get_what)
{
	value_text(ret_value, memhp_event_kind_to_string(event_of(object)->what));
}

GETTER(get_block)
{
	if (event_of(object)->has_blocks)
		field_uint32(field, object, ret_value);
	else
		value_null(ret_value);
}

/* A word, null where there is none. */
GETTER(get_word)
{
	const char *word = (const char *)object->item + field->offset;

	value_text(ret_value, word[0] != '\0' ? word : NULL);
}

GETTER(get_zone)
{
	value_text(ret_value, zone_set_word(*((const zone_set *)object->item + field->offset)));
}

#define E(member) AT(struct memhp_event, member)

const struct memhp_field event_fields[] = {
	ROW("time", "TIME", STRING, NONE, SHOWN, get_time, 0, "when it was seen, in UTC"),
	ROW("event", "EVENT", STRING, NONE, SHOWN, get_what, 0, "what happened"),
	ROW("first_block", "FIRST", UINT, NONE, SHOWN, get_block, E(first_block),
	    "number of the first block"),
	ROW("last_block", "LAST", UINT, NONE, SHOWN, get_block, E(last_block),
	    "number of the last block"),
	ROW("device", "DEVICE", STRING, NONE, SHOWN, get_word, E(device),
	    "device that it is about, or that owns the blocks"),
	ROW("from", "FROM", STRING, NONE, SHOWN, get_word, E(from),
	    "state, driver or word before; of a drift: as it is"),
	ROW("to", "TO", STRING, NONE, SHOWN, get_word, E(to),
	    "state, driver or word after; of a drift: as the policy wants it"),
	ROW("from_zone", "FROM-ZONE", STRING, NONE, SHOWN, get_zone, E(from_zones),
	    "zone of the blocks before"),
	ROW("to_zone", "TO-ZONE", STRING, NONE, SHOWN, get_zone, E(to_zones),
	    "zone of the blocks after"),
	END_ROW
};
