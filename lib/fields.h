/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows behind memhp_field_*: one table per kind of object, and the few ways to put a value into
 * a struct memhp_value. A row says how its value is got; most need no function of their own but an
 * offset into the object's item.
 */
#ifndef MEMHP_FIELDS_H
#define MEMHP_FIELDS_H

#include "plan.h"
#include "selection.h"

typedef void (*field_get_fn)(const struct memhp_field *field, const struct memhp_object *object,
			     struct memhp_value *ret_value);
typedef void (*field_item_fn)(const struct memhp_object *object, size_t index,
			      struct memhp_value *ret_value);

struct memhp_field {
	const char *key;	/* NULL ends a table */
	const char *column;
	enum memhp_type type;
	enum memhp_unit unit;
	bool is_default;
	field_get_fn get;
	size_t offset;		/* for the getters below that need no more */
	enum memhp_type item_type;
	enum memhp_kind item_kind;
	field_item_fn get_item;	/* lists: item INDEX, which exists */
	const char *summary;
};

/* The head of a getter, of which there are many. */
#define GETTER(name)                                                                                \
	static void name(const struct memhp_field *field, const struct memhp_object *object,        \
			 struct memhp_value *ret_value)
#define ITEM_GETTER(name)                                                                           \
	static void name(const struct memhp_object *object, size_t index, struct memhp_value *ret_value)

/* What is shown of a kind when nobody asks for columns. */
#define SHOWN true
#define HIDDEN false
#define AT(type, member) offsetof(type, member)

/*
 * A row of a plain value, of a list of plain values, of one object, and of a list of objects. The
 * text says what the value is; it ends up in help, manual and schema.
 */
#define ROW(key_, column_, type_, unit_, shown_, get_, offset_, summary_)                           \
	{ .key = key_, .column = column_, .type = MEMHP_TYPE_##type_, .unit = MEMHP_UNIT_##unit_,   \
	  .is_default = shown_, .get = get_, .offset = offset_, .item_kind = MEMHP_KIND_COUNT,      \
	  .summary = summary_ }
#define LIST_ROW(key_, column_, item_, shown_, get_, get_item_, summary_)                           \
	{ .key = key_, .column = column_, .type = MEMHP_TYPE_LIST, .is_default = shown_,            \
	  .get = get_, .item_type = MEMHP_TYPE_##item_, .item_kind = MEMHP_KIND_COUNT,              \
	  .get_item = get_item_, .summary = summary_ }
#define OBJECT_ROW(key_, column_, kind_, get_, offset_, summary_)                                   \
	{ .key = key_, .column = column_, .type = MEMHP_TYPE_OBJECT, .get = get_,                   \
	  .offset = offset_, .item_type = MEMHP_TYPE_OBJECT, .item_kind = MEMHP_KIND_##kind_,       \
	  .summary = summary_ }
#define OBJECTS_ROW(key_, column_, kind_, get_, get_item_, summary_)                                \
	{ .key = key_, .column = column_, .type = MEMHP_TYPE_LIST, .get = get_,                     \
	  .item_type = MEMHP_TYPE_OBJECT, .item_kind = MEMHP_KIND_##kind_, .get_item = get_item_,   \
	  .summary = summary_ }
#define END_ROW { .key = NULL }

/* fields-value.c: what stands for "unknown" in the model becomes null here and in getters. */
void value_null(struct memhp_value *value);
void value_bool(struct memhp_value *value, bool boolean);
void value_int(struct memhp_value *value, int64_t number);
void value_uint(struct memhp_value *value, uint64_t number);
void value_double(struct memhp_value *value, double real);
void value_text(struct memhp_value *value, const char *text);		/* NULL: null */
void value_known(struct memhp_value *value, int64_t number);		/* below 0: null */
void value_tristate(struct memhp_value *value, enum tristate tristate);
void value_object(struct memhp_value *value, enum memhp_kind kind, const void *owner, const void *item);
void value_list(struct memhp_value *value, size_t count);
/* COUNT times UNIT bytes; null if UNIT is 0 (unknown) or the product does not fit. */
void value_product(struct memhp_value *value, uint64_t count, uint64_t unit);
void value_extent(struct memhp_value *value, uint64_t start, uint64_t end);

/* Getters by offset into the item: of the member's type. */
void field_text(const struct memhp_field *field, const struct memhp_object *object, struct memhp_value *ret_value);
void field_array(const struct memhp_field *field, const struct memhp_object *object, struct memhp_value *ret_value);	/* char [] */
void field_int(const struct memhp_field *field, const struct memhp_object *object, struct memhp_value *ret_value);	/* below 0: null */
void field_int64(const struct memhp_field *field, const struct memhp_object *object, struct memhp_value *ret_value);	/* below 0: null */
void field_uint16(const struct memhp_field *field, const struct memhp_object *object, struct memhp_value *ret_value);
void field_uint32(const struct memhp_field *field, const struct memhp_object *object, struct memhp_value *ret_value);
void field_uint64(const struct memhp_field *field, const struct memhp_object *object, struct memhp_value *ret_value);
void field_size(const struct memhp_field *field, const struct memhp_object *object, struct memhp_value *ret_value);	/* SIZE_UNKNOWN: null */
void field_nonzero(const struct memhp_field *field, const struct memhp_object *object, struct memhp_value *ret_value);	/* uint64_t, 0: null */
void field_tristate(const struct memhp_field *field, const struct memhp_object *object, struct memhp_value *ret_value);

/* The word for a set of zones: one zone, "none" if the block spans several, else NULL. */
const char *zone_set_word(zone_set zones);
/* A state and its zone for a person: "online Movable", "offline". */
void state_text(char *buffer, size_t size, enum memhp_state state, zone_set zones);

/* fields-block.c: a run of blocks alike in all that a range shows; lives in a cursor's scratch. */
struct range {
	const struct memhp_block *sample;	/* the first of them */
	uint32_t first;
	uint32_t last;
};
bool range_next(const struct memhp_snapshot *snapshot, const struct memhp_selection *selection,
		size_t *index, struct range *ret_range);

/* fields-device.c: what whole blocks leave out of a device; false if that is not known. */
bool device_trimmed_bytes(const struct memhp_snapshot *snapshot, const struct memhp_device *device,
			  uint64_t *ret_bytes);

/* fields-note.c: what wants attention; lives in a cursor's scratch. */
struct note {
	uint32_t row;
	uint32_t index;
};
bool note_next(const struct memhp_snapshot *snapshot, size_t *index, struct note *ret_note);

/* fields-report.c: the block that difference INDEX is about; NULL past the last one. */
const struct memhp_block *difference_block(const struct memhp_report *report, size_t index);

extern const struct memhp_field machine_fields[], budget_fields[], block_count_fields[];
extern const struct memhp_field node_fields[], zone_fields[], memmap_fields[], region_fields[];
extern const struct memhp_field error_fields[], block_fields[], range_fields[];
extern const struct memhp_field device_fields[], mapping_fields[], memdev_fields[], note_fields[];
extern const struct memhp_field rule_fields[], plan_fields[], request_fields[], step_fields[];
extern const struct memhp_field change_fields[], finding_fields[], check_fields[];
extern const struct memhp_field node_budget_fields[], memmap_cost_fields[], memmap_share_fields[];
extern const struct memhp_field policy_fields[], policy_value_fields[], policy_match_fields[];
extern const struct memhp_field policy_mismatch_fields[], event_fields[];
extern const struct memhp_field report_fields[], result_fields[], difference_fields[];

#endif
