/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words: one table for each enumeration, read in both directions. A value without a word (unset,
 * unknown where the program says null) has no row. Nothing but tables and look-up.
 */
#include <errno.h>
#include <string.h>

#include "parse.h"

static const char *const state_words[] = {
	[MEMHP_STATE_UNKNOWN] = "unknown", [MEMHP_STATE_ABSENT] = "absent",
	[MEMHP_STATE_OFFLINE] = "offline", [MEMHP_STATE_GOING_OFFLINE] = "going-offline",
	[MEMHP_STATE_ONLINE] = "online",
};

static const char *const origin_words[] = {
	[MEMHP_ORIGIN_UNKNOWN] = "unknown", [MEMHP_ORIGIN_BOOT] = "boot",
	[MEMHP_ORIGIN_KMEM] = "kmem",	    [MEMHP_ORIGIN_VIRTIO_MEM] = "virtio_mem",
	[MEMHP_ORIGIN_ACPI] = "acpi",
};

static const char *const mode_words[] = {
	[MEMHP_MODE_DEVDAX] = "devdax", [MEMHP_MODE_SYSTEM_RAM] = "system-ram",
	[MEMHP_MODE_FSDEV] = "fsdev",	[MEMHP_MODE_UNBOUND] = "unbound",
	[MEMHP_MODE_LEAKED] = "leaked", [MEMHP_MODE_EMPTY] = "empty",
};

static const char *const device_kind_words[] = {
	[MEMHP_DEVICE_DAX] = "dax",
	[MEMHP_DEVICE_ACPI] = "acpi",
	[MEMHP_DEVICE_VIRTIO_MEM] = "virtio_mem",
};

static const char *const zone_choice_words[] = {
	[MEMHP_ZONE_MOVABLE] = "movable",
	[MEMHP_ZONE_KERNEL] = "kernel",
	[MEMHP_ZONE_AUTO] = "auto",
	[MEMHP_ZONE_BALANCED] = "balanced",
};

static const char *const memmap_choice_words[] = {
	[MEMHP_MEMMAP_AUTO] = "auto",
	[MEMHP_MEMMAP_ON] = "on",
	[MEMHP_MEMMAP_OFF] = "off",
};

static const char *const operation_words[] = {
	[MEMHP_OPERATION_ADD] = "add",	       [MEMHP_OPERATION_ONLINE] = "online",
	[MEMHP_OPERATION_OFFLINE] = "offline", [MEMHP_OPERATION_REMOVE] = "remove",
	[MEMHP_OPERATION_RECOVER] = "recover", [MEMHP_OPERATION_CREATE] = "create",
	[MEMHP_OPERATION_DESTROY] = "destroy", [MEMHP_OPERATION_AUTO_ONLINE] = "auto-online",
};

static const char *const on_error_words[] = {
	[MEMHP_ON_ERROR_ROLLBACK] = "rollback",
	[MEMHP_ON_ERROR_KEEP] = "keep",
	[MEMHP_ON_ERROR_CONTINUE] = "continue",
};

static const char *const severity_words[] = {
	[MEMHP_SEVERITY_OFF] = "off",
	[MEMHP_SEVERITY_INFO] = "info",
	[MEMHP_SEVERITY_WARN] = "warn",
	[MEMHP_SEVERITY_DENY] = "deny",
};

static const char *const verdict_words[] = {
	[MEMHP_VERDICT_ALLOW] = "allow",
	[MEMHP_VERDICT_WARN] = "warn",
	[MEMHP_VERDICT_DENY] = "deny",
};

static const char *const outcome_words[] = {
	[MEMHP_OUTCOME_DONE] = "done",	     [MEMHP_OUTCOME_ALREADY] = "already",
	[MEMHP_OUTCOME_REFUSED] = "refused", [MEMHP_OUTCOME_STALE] = "stale",
	[MEMHP_OUTCOME_FAILED] = "failed",   [MEMHP_OUTCOME_ROLLED_BACK] = "rolled-back",
	[MEMHP_OUTCOME_PARTIAL] = "partial",
};

static const char *const stop_words[] = {
	[MEMHP_STOP_KERNEL] = "kernel",
	[MEMHP_STOP_TIMEOUT] = "timeout",
	[MEMHP_STOP_SIGNAL] = "signal",
	[MEMHP_STOP_OTHER] = "other",
};

static const char *const error_kind_words[] = {
	[MEMHP_ERROR_USAGE] = "usage",
	[MEMHP_ERROR_TARGET] = "target",
	[MEMHP_ERROR_SYSTEM] = "system",
	[MEMHP_ERROR_PRIVILEGE] = "privilege",
	[MEMHP_ERROR_UNSUPPORTED] = "unsupported",
	[MEMHP_ERROR_POLICY] = "policy",
	[MEMHP_ERROR_REFUSED] = "refused",
	[MEMHP_ERROR_KERNEL] = "kernel",
	[MEMHP_ERROR_STOPPED] = "stopped",
	[MEMHP_ERROR_CHANGED] = "changed",
};

/* The kernel's names; the order is enum zone_index. */
static const char *const zone_words[ZONE_COUNT] = {
	[ZONE_DMA] = "DMA",	    [ZONE_DMA32] = "DMA32",	[ZONE_NORMAL] = "Normal",
	[ZONE_HIGHMEM] = "HighMem", [ZONE_MOVABLE] = "Movable", [ZONE_DEVICE] = "Device",
};

static const char *const event_kind_words[] = {
	[MEMHP_EVENT_OFFLINE] = "offline",
	[MEMHP_EVENT_REMOVED] = "removed",
	[MEMHP_EVENT_UNBOUND] = "unbound",
	[MEMHP_EVENT_DEVICE_REMOVED] = "device-removed",
	[MEMHP_EVENT_DEVICE_ADDED] = "device-added",
	[MEMHP_EVENT_BOUND] = "bound",
	[MEMHP_EVENT_ADDED] = "added",
	[MEMHP_EVENT_ONLINE] = "online",
	[MEMHP_EVENT_AUTO_ONLINE] = "auto-online",
	[MEMHP_EVENT_DRIFT] = "drift",
};

static const char *const online_words[] = {
	[WORD_OFFLINE] = "offline",
	[WORD_ONLINE] = "online",
	[WORD_ONLINE_KERNEL] = "online_kernel",
	[WORD_ONLINE_MOVABLE] = "online_movable",
};

static const char *const driver_words[] = {
	[DRIVER_DEVICE_DAX] = "device_dax",
	[DRIVER_KMEM] = "kmem",
	[DRIVER_FSDEV_DAX] = "fsdev_dax",
};

static const char *const memmap_mode_words[] = {
	[MEMMAP_MODE_OFF] = "off",
	[MEMMAP_MODE_ON] = "on",
	[MEMMAP_MODE_FORCE] = "force",
};

static const char *word_of(const char *const *words, size_t count, unsigned int value)
{
	return value < count ? words[value] : NULL;
}

/* The value of WORD, or -EINVAL. */
static int value_of(const char *const *words, size_t count, const char *word)
{
	size_t i;

	for (i = 0; word != NULL && i < count; i++) {
		if (words[i] != NULL && strcmp(words[i], word) == 0)
			return (int)i;
	}
	return -EINVAL;
}

#define WORD_OF(words, value) word_of(words, ARRAY_SIZE(words), (unsigned int)(value))
#define VALUE_OF(words, word) value_of(words, ARRAY_SIZE(words), word)

EXPORT const char *memhp_state_to_string(enum memhp_state state)
{
	return WORD_OF(state_words, state);
}

EXPORT const char *memhp_origin_to_string(enum memhp_origin origin)
{
	return WORD_OF(origin_words, origin);
}

EXPORT const char *memhp_mode_to_string(enum memhp_mode mode)
{
	return WORD_OF(mode_words, mode);
}

EXPORT const char *memhp_device_kind_to_string(enum memhp_device_kind kind)
{
	return WORD_OF(device_kind_words, kind);
}

EXPORT const char *memhp_zone_choice_to_string(enum memhp_zone_choice choice)
{
	return WORD_OF(zone_choice_words, choice);
}

EXPORT const char *memhp_memmap_choice_to_string(enum memhp_memmap_choice choice)
{
	return WORD_OF(memmap_choice_words, choice);
}

EXPORT const char *memhp_operation_to_string(enum memhp_operation operation)
{
	return WORD_OF(operation_words, operation);
}

EXPORT const char *memhp_on_error_to_string(enum memhp_on_error on_error)
{
	return WORD_OF(on_error_words, on_error);
}

EXPORT const char *memhp_severity_to_string(enum memhp_severity severity)
{
	return WORD_OF(severity_words, severity);
}

EXPORT const char *memhp_verdict_to_string(enum memhp_verdict verdict)
{
	return WORD_OF(verdict_words, verdict);
}

EXPORT const char *memhp_outcome_to_string(enum memhp_outcome outcome)
{
	return WORD_OF(outcome_words, outcome);
}

EXPORT const char *memhp_stop_to_string(enum memhp_stop stop)
{
	return WORD_OF(stop_words, stop);
}

EXPORT const char *memhp_error_kind_to_string(enum memhp_error_kind kind)
{
	return WORD_OF(error_kind_words, kind);
}

EXPORT const char *memhp_event_kind_to_string(enum memhp_event_kind kind)
{
	return WORD_OF(event_kind_words, kind);
}

EXPORT int memhp_zone_choice_from_string(const char *word, enum memhp_zone_choice *ret_choice)
{
	int value = VALUE_OF(zone_choice_words, word);

	if (value < 0)
		return value;
	*ret_choice = (enum memhp_zone_choice)value;
	return 0;
}

EXPORT int memhp_memmap_choice_from_string(const char *word, enum memhp_memmap_choice *ret_choice)
{
	int value = VALUE_OF(memmap_choice_words, word);

	if (value < 0)
		return value;
	*ret_choice = (enum memhp_memmap_choice)value;
	return 0;
}

EXPORT int memhp_operation_from_string(const char *word, enum memhp_operation *ret_operation)
{
	int value = VALUE_OF(operation_words, word);

	if (value < 0)
		return value;
	*ret_operation = (enum memhp_operation)value;
	return 0;
}

EXPORT int memhp_on_error_from_string(const char *word, enum memhp_on_error *ret_on_error)
{
	int value = VALUE_OF(on_error_words, word);

	if (value < 0)
		return value;
	*ret_on_error = (enum memhp_on_error)value;
	return 0;
}

const char *zone_name(enum zone_index zone)
{
	return WORD_OF(zone_words, zone);
}

enum zone_index zone_from_name(const char *name, size_t len)
{
	struct piece piece = { name, len };
	unsigned int i;

	for (i = 0; i < ZONE_COUNT; i++) {
		if (piece_is(piece, zone_words[i]))
			return (enum zone_index)i;
	}
	return ZONE_INDEX_NONE;
}

void zones_to_text(zone_set zones, char separator, char *text, size_t size)
{
	size_t used = 0;
	unsigned int i;

	text_copy(text, size, zones & ZONE_SPANS ? "none" : "");
	for (i = 0; i < ZONE_COUNT && (zones & ZONE_SPANS) == 0; i++) {
		if ((zones & ZONE_BIT(i)) == 0 || used >= size)
			continue;
		if (used > 0)
			text_format(text + used, size - used, "%c%s", separator, zone_words[i]);
		else
			text_copy(text, size, zone_words[i]);
		used = strlen(text);
	}
}

const char *online_word_name(enum online_word word)
{
	return WORD_OF(online_words, word);
}

enum online_word online_word_from_name(const char *name)
{
	int value = VALUE_OF(online_words, name);

	return value < 0 ? WORD_UNKNOWN : (enum online_word)value;
}

const char *driver_name(enum driver driver)
{
	return WORD_OF(driver_words, driver);
}

enum driver driver_from_name(const char *name)
{
	int value = VALUE_OF(driver_words, name);

	return value < 0 ? DRIVER_OTHER : (enum driver)value;
}

const char *memmap_mode_name(enum memmap_mode mode)
{
	return WORD_OF(memmap_mode_words, mode);
}

/* The kernel never says ABSENT or UNKNOWN: those words are ours. */
enum memhp_state parse_state(const char *text, size_t len)
{
	static const enum memhp_state kernel_states[] = {
		MEMHP_STATE_ONLINE,
		MEMHP_STATE_OFFLINE,
		MEMHP_STATE_GOING_OFFLINE,
	};
	struct cursor cursor = cursor_of(text, len);
	struct piece word;
	size_t i;

	if (!parse_word(&cursor, &word))
		return MEMHP_STATE_UNKNOWN;
	for (i = 0; i < ARRAY_SIZE(kernel_states); i++) {
		if (piece_is(word, state_words[kernel_states[i]]))
			return kernel_states[i];
	}
	return MEMHP_STATE_UNKNOWN;
}

/* Until 6.5 the parameter was a boolean; since then it is Y, N or force. */
enum memmap_mode parse_memmap_mode(const char *text, size_t len)
{
	struct cursor cursor = cursor_of(text, len);
	struct piece word;

	if (!parse_word(&cursor, &word))
		return MEMMAP_MODE_UNKNOWN;
	if (piece_is(word, "force"))
		return MEMMAP_MODE_FORCE;
	switch (parse_bool(word.text, word.len)) {
	case TRI_YES:
		return MEMMAP_MODE_ON;
	case TRI_NO:
		return MEMMAP_MODE_OFF;
	default:
		return MEMMAP_MODE_UNKNOWN;
	}
}

void parse_zones(const char *text, size_t len, zone_set *ret_set, uint8_t *ret_first)
{
	struct cursor cursor = cursor_of(text, len);
	uint8_t first = ZONE_INDEX_NONE;
	zone_set set = ZONES_NONE;
	struct piece word;
	bool any = false;

	for (; parse_word(&cursor, &word); any = true) {
		enum zone_index zone = zone_from_name(word.text, word.len);

		if (zone != ZONE_INDEX_NONE)
			set |= ZONE_BIT(zone);
		else if (piece_is(word, "none"))
			set |= ZONE_SPANS;
		else
			set |= ZONES_UNKNOWN;
		if (!any)
			first = (uint8_t)zone;
	}
	*ret_set = any ? set : ZONES_UNKNOWN;
	*ret_first = first;
}
