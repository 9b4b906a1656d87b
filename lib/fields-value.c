/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ways to make a value. What stands for "unknown" in the model becomes null here and in the
 * getters, and never a number.
 */
#include "fields.h"

void value_null(struct memhp_value *value)
{
	value->type = MEMHP_TYPE_NULL;
	value->unsigned_number = 0;
}

void value_bool(struct memhp_value *value, bool boolean)
{
	value->type = MEMHP_TYPE_BOOL;
	value->boolean = boolean;
}

void value_int(struct memhp_value *value, int64_t number)
{
	value->type = MEMHP_TYPE_INT;
	value->number = number;
}

void value_uint(struct memhp_value *value, uint64_t number)
{
	value->type = MEMHP_TYPE_UINT;
	value->unsigned_number = number;
}

void value_double(struct memhp_value *value, double real)
{
	value->type = MEMHP_TYPE_DOUBLE;
	value->real = real;
}

void value_text(struct memhp_value *value, const char *text)
{
	value->type = text != NULL ? MEMHP_TYPE_STRING : MEMHP_TYPE_NULL;
	value->string = text;
}

void value_known(struct memhp_value *value, int64_t number)
{
	if (number < 0)
		value_null(value);
	else
		value_uint(value, (uint64_t)number);
}

void value_tristate(struct memhp_value *value, enum tristate tristate)
{
	if (tristate == TRI_UNKNOWN)
		value_null(value);
	else
		value_bool(value, tristate == TRI_YES);
}

void value_object(struct memhp_value *value, enum memhp_kind kind, const void *owner,
		  const void *item)
{
	value->type = MEMHP_TYPE_OBJECT;
	value->object = (struct memhp_object){ .kind = kind, .owner = owner, .item = item };
}

void value_list(struct memhp_value *value, size_t count)
{
	value->type = MEMHP_TYPE_LIST;
	value->count = count;
}

void value_product(struct memhp_value *value, uint64_t count, uint64_t unit)
{
	uint64_t bytes;

	if (unit == 0 || __builtin_mul_overflow(count, unit, &bytes))
		value_null(value);
	else
		value_uint(value, bytes);
}

/* All 64 bits of addresses are one byte more than a number holds. */
void value_extent(struct memhp_value *value, uint64_t start, uint64_t end)
{
	if (end - start == UINT64_MAX)
		value_null(value);
	else
		value_uint(value, end - start + 1);
}

/* The member of the object's item that a row points at. */
#define MEMBER(type) (*(const type *)((const char *)object->item + field->offset))

void field_text(const struct memhp_field *field, const struct memhp_object *object,
		struct memhp_value *ret_value)
{
	value_text(ret_value, MEMBER(char *const));
}

void field_array(const struct memhp_field *field, const struct memhp_object *object,
		 struct memhp_value *ret_value)
{
	const char *text = (const char *)object->item + field->offset;

	value_text(ret_value, text[0] != '\0' ? text : NULL);
}

void field_int(const struct memhp_field *field, const struct memhp_object *object,
	       struct memhp_value *ret_value)
{
	value_known(ret_value, MEMBER(int));
}

void field_int64(const struct memhp_field *field, const struct memhp_object *object,
		 struct memhp_value *ret_value)
{
	value_known(ret_value, MEMBER(int64_t));
}

void field_uint16(const struct memhp_field *field, const struct memhp_object *object,
		  struct memhp_value *ret_value)
{
	value_uint(ret_value, MEMBER(uint16_t));
}

void field_uint32(const struct memhp_field *field, const struct memhp_object *object,
		  struct memhp_value *ret_value)
{
	value_uint(ret_value, MEMBER(uint32_t));
}

void field_uint64(const struct memhp_field *field, const struct memhp_object *object,
		  struct memhp_value *ret_value)
{
	value_uint(ret_value, MEMBER(uint64_t));
}

void field_size(const struct memhp_field *field, const struct memhp_object *object,
		struct memhp_value *ret_value)
{
	uint64_t size = MEMBER(uint64_t);

	if (size == SIZE_UNKNOWN)
		value_null(ret_value);
	else
		value_uint(ret_value, size);
}

void field_nonzero(const struct memhp_field *field, const struct memhp_object *object,
		   struct memhp_value *ret_value)
{
	uint64_t number = MEMBER(uint64_t);

	if (number == 0)
		value_null(ret_value);
	else
		value_uint(ret_value, number);
}

void field_tristate(const struct memhp_field *field, const struct memhp_object *object,
		    struct memhp_value *ret_value)
{
	value_tristate(ret_value, MEMBER(enum tristate));
}

const char *zone_set_word(zone_set zones)
{
	if (zones & ZONE_SPANS)
		return "none";
	if (__builtin_popcount(zones) != 1)
		return NULL;
	return zone_name((enum zone_index)__builtin_ctz(zones));
}

void state_text(char *buffer, size_t size, enum memhp_state state, zone_set zones)
{
	const char *zone = zone_set_word(zones);
	const char *word = memhp_state_to_string(state);

	text_format(buffer, size, zone != NULL ? "%s %s" : "%s", word != NULL ? word : "unknown",
		    zone);
}
