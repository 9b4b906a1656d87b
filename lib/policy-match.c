/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The match- keys: what may stand behind each, whether a device or a block has it, and what it has
 * instead. Looks at a snapshot and nothing else.
 */
#include "policy.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

#include "parse.h"
#include "uuid.h"

#define DEVICES "/devices/"

/* ---- what stands behind the keys ---- */

static int parse_pattern(const char *text, struct match_item *item)
{
	return 0;
}

/* Below sys/devices, as the kernel links it; people copy the whole path. */
static int parse_path(const char *text, struct match_item *item)
{
	const char *below = text[0] == '/' ? strstr(text, DEVICES) : text;

	if (below == NULL)
		return -EINVAL;
	item->text = below == text ? text : below + strlen(DEVICES);
	return item->text[0] != '\0' ? 0 : -EINVAL;
}

static int parse_driver(const char *text, struct match_item *item)
{
	static const char *const words[] = { "cxl", "hmem", "pmem" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i], text) == 0)
			return 0;
	}
	return -EINVAL;
}

static int parse_nodes(const char *text, struct match_item *item)
{
	size_t len = strlen(text);

	if (parse_range(text, len, 10, &item->first, &item->last) == 0)
		return 0;
	if (parse_uint(text, len, 10, &item->first) < 0)
		return -EINVAL;
	item->last = item->first;
	return 0;
}

static bool is_hexadecimal(const char *text)
{
	return text_starts_with(text, "0x") || text_starts_with(text, "0X");
}

/* FIRST-LAST or FIRST+SIZE; addresses are hexadecimal and say so. */
static int parse_addresses(const char *text, struct match_item *item)
{
	const char *middle = strpbrk(text, "-+");
	uint64_t size;

	if (middle == NULL || !is_hexadecimal(text) ||
	    parse_uint(text, (size_t)(middle - text), 0, &item->first) < 0)
		return -EINVAL;
	if (*middle == '-')
		return is_hexadecimal(middle + 1) &&
				       parse_uint(middle + 1, strlen(middle + 1), 0, &item->last) ==
					       0 &&
				       item->last >= item->first ?
			       0 :
			       -EINVAL;
	if (memhp_size_from_string(middle + 1, &size) < 0 || size == 0 ||
	    __builtin_add_overflow(item->first, size - 1, &item->last))
		return -EINVAL;
	return 0;
}

/* SIZE or SIZE-SIZE. */
static int parse_sizes(const char *text, struct match_item *item)
{
	const char *dash = strchr(text, '-');
	char first[32];
	size_t len = dash != NULL ? (size_t)(dash - text) : strlen(text);

	if (len >= sizeof(first))
		return -EINVAL;
	text_format(first, sizeof(first), "%.*s", (int)len, text);
	if (memhp_size_from_string(first, &item->first) < 0)
		return -EINVAL;
	item->last = item->first;
	if (dash != NULL && memhp_size_from_string(dash + 1, &item->last) < 0)
		return -EINVAL;
	return item->last >= item->first ? 0 : -EINVAL;
}

static int parse_uuid(const char *text, struct match_item *item)
{
	return uuid_is_valid(text) ? 0 : -EINVAL;
}

static int parse_serial(const char *text, struct match_item *item)
{
	return parse_uint(text, strlen(text), 0, &item->first) < 0 ? -EINVAL : 0;
}

/* ---- whether a subject has it ---- */

/* A pattern of the shell; '*' takes any letters, also "/" and ":". */
static bool fits(const struct policy_match *match, const char *text)
{
	size_t i;

	for (i = 0; text != NULL && i < match->item_count; i++) {
		if (fnmatch(match->items[i].text, text, 0) == 0)
			return true;
	}
	return false;
}

static bool in_items(const struct policy_match *match, uint64_t first, uint64_t last)
{
	size_t i;

	for (i = 0; i < match->item_count; i++) {
		if (match->items[i].first <= first && last <= match->items[i].last)
			return true;
	}
	return false;
}

static bool touches_items(const struct policy_match *match, uint64_t first, uint64_t last)
{
	size_t i;

	for (i = 0; i < match->item_count; i++) {
		if (match->items[i].first <= last && first <= match->items[i].last)
			return true;
	}
	return false;
}

static bool name_holds(const struct policy_match *match, const struct policy_subject *subject)
{
	return subject->device != NULL && fits(match, subject->device->name);
}

static bool driver_holds(const struct policy_match *match, const struct policy_subject *subject)
{
	return subject->device != NULL && fits(match, subject->device->provider);
}

/* "cxl:region0", or any region0. */
static bool region_holds(const struct policy_match *match, const struct policy_subject *subject)
{
	const char *region = subject->device != NULL ? subject->device->region : NULL;
	const char *bare = region != NULL ? strchr(region, ':') : NULL;

	return fits(match, region) || (bare != NULL && fits(match, bare + 1));
}

static bool path_holds(const struct policy_match *match, const struct policy_subject *subject)
{
	return subject->device != NULL && fits(match, subject->device->path);
}

static bool node_holds(const struct policy_match *match, const struct policy_subject *subject)
{
	return subject->node != NODE_NONE &&
	       in_items(match, (uint64_t)subject->node, (uint64_t)subject->node);
}

/* A device lies in the ranges with all that it has; what has no known address lies nowhere. */
static bool range_holds(const struct policy_match *match, const struct policy_subject *subject)
{
	const struct memhp_device *device = subject->device;
	size_t i;

	if (subject->is_block && subject->partly)
		return touches_items(match, subject->range.start, subject->range.end);
	if (subject->is_block)
		return in_items(match, subject->range.start, subject->range.end);
	for (i = 0; i < device->mapping_count; i++) {
		if (!in_items(match, device->mappings[i].start, device->mappings[i].end))
			return false;
	}
	return device->mapping_count > 0;
}

static bool size_holds(const struct policy_match *match, const struct policy_subject *subject)
{
	return subject->device != NULL && subject->device->size != SIZE_UNKNOWN &&
	       in_items(match, subject->device->size, subject->device->size);
}

static bool uuid_holds(const struct policy_match *match, const struct policy_subject *subject)
{
	size_t i;

	for (i = 0;
	     subject->device != NULL && subject->device->uuid != NULL && i < match->item_count;
	     i++) {
		if (uuid_is_same(match->items[i].text, subject->device->uuid))
			return true;
	}
	return false;
}

/* The kernel writes serial numbers in hexadecimal, labels on cards do as they like. */
static bool serial_holds(const struct policy_match *match, const struct policy_subject *subject)
{
	const struct memhp_device *device = subject->device;
	uint64_t serial;
	size_t i, j;

	for (i = 0; device != NULL && i < device->memdev_count; i++) {
		const char *text = device->memdevs[i].serial;

		if (text == NULL || parse_uint(text, strlen(text), 0, &serial) < 0)
			continue;
		for (j = 0; j < match->item_count; j++) {
			if (match->items[j].first == serial)
				return true;
		}
	}
	return false;
}

static bool pci_holds(const struct policy_match *match, const struct policy_subject *subject)
{
	const struct memhp_device *device = subject->device;
	size_t i;

	for (i = 0; device != NULL && i < device->memdev_count; i++) {
		if (fits(match, device->memdevs[i].pci_address))
			return true;
	}
	return false;
}

/* ---- what it has instead ---- */

static void show_text(const char *text, char *buffer, size_t size)
{
	text_copy(buffer, size, text != NULL ? text : "");
}

/* A member of the device that is a string. */
#define SHOW_MEMBER(name, member)                                                                  \
	static void name(const struct policy_subject *subject, char *buffer, size_t size)          \
	{                                                                                          \
		show_text(subject->device != NULL ? subject->device->member : NULL, buffer, size); \
	}

SHOW_MEMBER(show_name, name)
SHOW_MEMBER(show_driver, provider)
SHOW_MEMBER(show_region, region)
SHOW_MEMBER(show_path, path)
SHOW_MEMBER(show_uuid, uuid)

static void show_node(const struct policy_subject *subject, char *buffer, size_t size)
{
	if (subject->node != NODE_NONE)
		text_format(buffer, size, "%d", subject->node);
	else
		buffer[0] = '\0';
}

static void append(char *buffer, size_t size, const char *text)
{
	size_t used = strlen(buffer);

	text_format(buffer + used, size - used, "%s%s", used > 0 ? " " : "", text);
}

static void append_range(char *buffer, size_t size, const struct mapping *range)
{
	char text[48];

	text_format(text, sizeof(text), "0x%" PRIx64 "-0x%" PRIx64, range->start, range->end);
	append(buffer, size, text);
}

static void show_range(const struct policy_subject *subject, char *buffer, size_t size)
{
	size_t i;

	buffer[0] = '\0';
	if (subject->is_block)
		append_range(buffer, size, &subject->range);
	for (i = 0; !subject->is_block && i < subject->device->mapping_count; i++)
		append_range(buffer, size, &subject->device->mappings[i]);
}

static void show_size(const struct policy_subject *subject, char *buffer, size_t size)
{
	buffer[0] = '\0';
	if (subject->device != NULL && subject->device->size != SIZE_UNKNOWN)
		text_format(buffer, size, "%" PRIu64, subject->device->size);
}

static void show_serial(const struct policy_subject *subject, char *buffer, size_t size)
{
	const struct memhp_device *device = subject->device;
	size_t i;

	buffer[0] = '\0';
	for (i = 0; device != NULL && i < device->memdev_count; i++) {
		if (device->memdevs[i].serial != NULL)
			append(buffer, size, device->memdevs[i].serial);
	}
}

static void show_pci(const struct policy_subject *subject, char *buffer, size_t size)
{
	const struct memhp_device *device = subject->device;
	size_t i;

	buffer[0] = '\0';
	for (i = 0; device != NULL && i < device->memdev_count; i++) {
		if (device->memdevs[i].pci_address != NULL)
			append(buffer, size, device->memdevs[i].pci_address);
	}
}

const struct match_key match_keys[] = {
	{ "match-name", "a device's name or a pattern: dax0.0, dax*", parse_pattern, name_holds,
	  show_name, DEVICE_UNREAD_NAME },
	{ "match-driver", "cxl, hmem or pmem", parse_driver, driver_holds, show_driver,
	  DEVICE_UNREAD_PLACE },
	{ "match-region", "a region's name or a pattern: cxl:region0, region*", parse_pattern,
	  region_holds, show_region, DEVICE_UNREAD_PLACE },
	{ "match-path", "a device's path below /sys/devices, or a pattern: */0000:35:00.0/*",
	  parse_path, path_holds, show_path, DEVICE_UNREAD_PLACE },
	{ "match-node", "a node's number, or several: 1-3", parse_nodes, node_holds, show_node,
	  DEVICE_UNREAD_NODE },
	{ "match-range", "physical addresses: 0x100000000-0x17fffffff, 0x100000000+2G",
	  parse_addresses, range_holds, show_range, 0 },
	{ "match-size", "a size, or two with a dash: 16G, 16G-64G", parse_sizes, size_holds,
	  show_size, DEVICE_UNREAD_SIZE },
	{ "match-uuid", "a UUID", parse_uuid, uuid_holds, show_uuid, DEVICE_UNREAD_PLACE },
	{ "match-serial", "a number: 0x1a2b, 6699", parse_serial, serial_holds, show_serial,
	  DEVICE_UNREAD_PLACE },
	{ "match-pci", "a PCI address or a pattern: 0000:35:00.0", parse_pattern, pci_holds,
	  show_pci, DEVICE_UNREAD_PLACE },
	{ NULL, NULL, NULL, NULL, NULL, 0 },
};

const struct match_key *match_key_by_name(const char *name)
{
	const struct match_key *key;

	for (key = match_keys; key->name != NULL; key++) {
		if (strcmp(key->name, name) == 0)
			return key;
	}
	return NULL;
}
