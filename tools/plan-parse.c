/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the object of `plan --json` back to a request. Every key must be one that memhp writes there, by
 * the library's own tables; of all values only those of the request and the fingerprint are taken.
 */
#include "plan-file.h"

#include <stdlib.h>
#include <string.h>

#include "json-read.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define KEY_MAX 64
/* Nobody names more; each costs more memory than it takes in the file. */
#define TARGETS_MAX 65536

/* A file under way. */
struct loader {
	struct json_reader reader;
	struct plan_file *file;
	bool is_plan;
	bool has_operation;
	bool has_request;
};

typedef bool (*take_fn)(struct loader *loader);

/* A member that is taken; all others are passed over. */
struct member {
	const char *key;
	take_fn take;
};

/* ---- what is taken ---- */

static bool take_schema(struct loader *loader)
{
	uint64_t schema;

	if (!json_take_number(&loader->reader, &schema))
		return false;
	return schema == 1 ||
	       json_fail(&loader->reader, "a schema that this release does not know");
}

static bool take_command(struct loader *loader)
{
	char *command;

	if (!json_take_string(&loader->reader, &command))
		return false;
	loader->is_plan = strcmp(command, "plan") == 0;
	free(command);
	return loader->is_plan ||
	       json_fail(&loader->reader, "the answer of another verb, and no plan");
}

static bool take_fingerprint(struct loader *loader)
{
	return json_take_string(&loader->reader, &loader->file->fingerprint);
}

/* A word of the library's; null leaves the member as it is. */
static bool take_word(struct loader *loader, int (*parse)(const char *word, void *member),
		      void *member)
{
	char *word;
	int rc;

	if (json_peek(&loader->reader) == JSON_NULL)
		return json_pass(&loader->reader);
	if (!json_take_string(&loader->reader, &word))
		return false;
	rc = parse(word, member);
	free(word);
	return rc == 0 || json_fail(&loader->reader, "a word that is none of those there can be");
}

static int parse_operation(const char *word, void *member)
{
	return memhp_operation_from_string(word, member);
}

static int parse_zone(const char *word, void *member)
{
	return memhp_zone_choice_from_string(word, member);
}

static int parse_memmap(const char *word, void *member)
{
	return memhp_memmap_choice_from_string(word, member);
}

static bool take_operation(struct loader *loader)
{
	loader->has_operation = true;
	loader->file->request.operation = MEMHP_OPERATION_PLACE; /* which has no word */
	return take_word(loader, parse_operation, &loader->file->request.operation);
}

static bool take_zone(struct loader *loader)
{
	return take_word(loader, parse_zone, &loader->file->request.zone);
}

static bool take_memmap(struct loader *loader)
{
	return take_word(loader, parse_memmap, &loader->file->request.memmap_on_memory);
}

static bool take_size(struct loader *loader)
{
	if (json_peek(&loader->reader) == JSON_NULL)
		return json_pass(&loader->reader);
	return json_take_number(&loader->reader, &loader->file->request.amount);
}

static bool take_align(struct loader *loader)
{
	if (json_peek(&loader->reader) == JSON_NULL)
		return json_pass(&loader->reader);
	return json_take_number(&loader->reader, &loader->file->request.align);
}

static bool take_flag(struct loader *loader, uint32_t flag)
{
	bool value;

	if (!json_take_bool(&loader->reader, &value))
		return false;
	if (value)
		loader->file->request.flags |= flag;
	return true;
}

static bool take_move(struct loader *loader)
{
	return take_flag(loader, MEMHP_REQUEST_MOVE);
}

static bool take_contiguous(struct loader *loader)
{
	return take_flag(loader, MEMHP_REQUEST_CONTIGUOUS);
}

static bool take_from_policy(struct loader *loader)
{
	return take_flag(loader, MEMHP_REQUEST_FROM_POLICY);
}

static bool take_new(struct loader *loader)
{
	return take_flag(loader, MEMHP_REQUEST_NEW);
}

static bool take_restore(struct loader *loader)
{
	return take_flag(loader, MEMHP_REQUEST_RESTORE);
}

static bool take_unbound(struct loader *loader)
{
	return take_flag(loader, MEMHP_REQUEST_UNBOUND);
}

static bool add_target(struct loader *loader)
{
	struct plan_file *file = loader->file;
	char **targets;

	if (file->target_count == TARGETS_MAX)
		return json_fail(&loader->reader, "more targets than there can be");
	targets = realloc(file->targets, (file->target_count + 2) * sizeof(*targets));
	if (targets == NULL)
		return json_fail(&loader->reader, "out of memory");
	file->targets = targets;
	targets[file->target_count] = targets[file->target_count + 1] = NULL;
	if (!json_take_string(&loader->reader, &targets[file->target_count]))
		return false;
	file->target_count++;
	return true;
}

static bool take_targets(struct loader *loader)
{
	bool first = true;

	if (!json_enter(&loader->reader, JSON_ARRAY))
		return false;
	while (json_next(&loader->reader, &first, NULL, 0)) {
		if (!add_target(loader))
			return false;
	}
	return loader->reader.wrong == NULL;
}

static const struct member request_members[] = {
	{ "targets", take_targets },
	{ "zone", take_zone },
	{ "move", take_move },
	{ "memmap_on_memory", take_memmap },
	{ "size", take_size },
	{ "align", take_align },
	{ "contiguous", take_contiguous },
	{ "from_policy", take_from_policy },
	{ "new", take_new },
	{ "restore", take_restore },
	{ "unbound", take_unbound },
	{ NULL, NULL },
};

/* ---- objects, by the library's tables ---- */

static bool pass_value(struct loader *loader, const struct memhp_field *field);

/* The row of KEY, and whether it is the first time that it stands in this object. */
static const struct memhp_field *find_field(enum memhp_kind kind, const char *key, uint64_t *seen)
{
	const struct memhp_field *first = memhp_field_get_first(kind), *field;
	unsigned int index = 0;

	for (field = first; field != NULL; field = memhp_field_get_next(field), index++) {
		if (strcmp(memhp_field_get_key(field), key) != 0)
			continue;
		if (index >= 64 || (*seen & UINT64_C(1) << index))
			return NULL;
		*seen |= UINT64_C(1) << index;
		return field;
	}
	return NULL;
}

static bool take_member(struct loader *loader, const struct member *members, const char *key,
			const struct memhp_field *field)
{
	for (; members != NULL && members->key != NULL; members++) {
		if (strcmp(members->key, key) == 0)
			return members->take(loader);
	}
	return pass_value(loader, field);
}

/* An object of KIND, of which MEMBERS (NULL: none) are taken. */
static bool take_object(struct loader *loader, enum memhp_kind kind, const struct member *members)
{
	const struct memhp_field *field;
	bool first = true;
	char key[KEY_MAX];
	uint64_t seen = 0;

	if (!json_enter(&loader->reader, JSON_OBJECT))
		return false;
	while (json_next(&loader->reader, &first, key, sizeof(key))) {
		field = find_field(kind, key, &seen);
		if (field == NULL)
			return json_fail(&loader->reader,
					 "a key that memhp does not write there, or twice");
		if (!take_member(loader, members, key, field))
			return false;
	}
	return loader->reader.wrong == NULL;
}

static bool pass_objects(struct loader *loader, enum memhp_kind kind)
{
	bool first = true;

	if (!json_enter(&loader->reader, JSON_ARRAY))
		return false;
	while (json_next(&loader->reader, &first, NULL, 0)) {
		if (!take_object(loader, kind, NULL))
			return false;
	}
	return loader->reader.wrong == NULL;
}

static bool pass_value(struct loader *loader, const struct memhp_field *field)
{
	enum memhp_kind kind = memhp_field_get_item_kind(field);
	enum json_type type = json_peek(&loader->reader);

	if (type == JSON_OBJECT && memhp_field_get_type(field) == MEMHP_TYPE_OBJECT)
		return take_object(loader, kind, NULL);
	if (type == JSON_ARRAY && memhp_field_get_type(field) == MEMHP_TYPE_LIST &&
	    memhp_field_get_item_type(field) == MEMHP_TYPE_OBJECT)
		return pass_objects(loader, kind);
	return json_pass(&loader->reader);
}

/* ---- the file ---- */

static bool take_request(struct loader *loader)
{
	loader->has_request = true;
	return take_object(loader, MEMHP_KIND_REQUEST, request_members);
}

static const struct member plan_members[] = {
	{ "operation", take_operation },
	{ "fingerprint", take_fingerprint },
	{ "request", take_request },
	{ NULL, NULL },
};

static bool pass_error(struct loader *loader)
{
	static const char *const keys[] = { "kind", "object", "message", "hint" };
	bool first = true;
	char key[KEY_MAX];
	size_t i;

	if (json_peek(&loader->reader) == JSON_NULL)
		return json_pass(&loader->reader);
	if (!json_enter(&loader->reader, JSON_OBJECT))
		return false;
	while (json_next(&loader->reader, &first, key, sizeof(key))) {
		for (i = 0; i < ARRAY_SIZE(keys) && strcmp(keys[i], key) != 0; i++)
			;
		if (i == ARRAY_SIZE(keys))
			return json_fail(&loader->reader, "a key that memhp does not write there");
		if (!json_pass(&loader->reader))
			return false;
	}
	return loader->reader.wrong == NULL;
}

static bool pass_errors(struct loader *loader)
{
	return pass_objects(loader, MEMHP_KIND_ERROR);
}

static bool pass(struct loader *loader)
{
	return json_pass(&loader->reader);
}

/* What every answer begins with. */
static const struct member head_members[] = {
	{ "schema", take_schema }, { "command", take_command }, { "exit", pass },
	{ "error", pass_error },   { "errors", pass_errors },
};

static const struct member *head_member(const char *key, unsigned int *seen)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(head_members); i++) {
		if (strcmp(head_members[i].key, key) != 0 || (*seen & 1U << i))
			continue;
		*seen |= 1U << i;
		return &head_members[i];
	}
	return NULL;
}

static bool take_answer(struct loader *loader)
{
	bool first = true;
	char key[KEY_MAX];
	unsigned int head = 0;
	uint64_t seen = 0;

	if (!json_enter(&loader->reader, JSON_OBJECT))
		return false;
	while (json_next(&loader->reader, &first, key, sizeof(key))) {
		const struct member *member = head_member(key, &head);
		const struct memhp_field *field;

		if (member != NULL) {
			if (!member->take(loader))
				return false;
			continue;
		}
		field = find_field(MEMHP_KIND_PLAN, key, &seen);
		if (field == NULL)
			return json_fail(&loader->reader,
					 "a key that memhp does not write there, or twice");
		if (!take_member(loader, plan_members, key, field))
			return false;
	}
	return json_close(&loader->reader);
}

static void check_complete(struct loader *loader)
{
	if (!loader->is_plan || !loader->has_operation || !loader->has_request ||
	    loader->file->fingerprint == NULL)
		(void)json_fail(&loader->reader,
				"no plan: command, operation, request or fingerprint is missing");
}

static const char *const no_targets[] = { NULL };

void plan_file_parse(const char *path, const char *text, size_t len, struct plan_file *ret_file,
		     struct failure *failure)
{
	struct loader loader = { .file = ret_file };

	*ret_file = (struct plan_file){ .request.struct_size = sizeof(ret_file->request) };
	json_open(&loader.reader, text, len);
	if (take_answer(&loader))
		check_complete(&loader);
	if (loader.reader.wrong != NULL) {
		failure_set(failure, EXIT_USAGE, "usage", path, "line %u: %s",
			    json_line(&loader.reader), loader.reader.wrong);
		failure_hint(failure, "give what memhp plan --json has said, as it is");
		return;
	}
	ret_file->request.fingerprint = ret_file->fingerprint;
	ret_file->request.targets =
		ret_file->targets != NULL ? (const char *const *)ret_file->targets : no_targets;
}

void plan_file_clear(struct plan_file *file)
{
	size_t i;

	/* What could not be read to its end may be there as one more. */
	for (i = 0; file->targets != NULL && i < file->target_count; i++)
		free(file->targets[i]);
	free(file->targets);
	free(file->fingerprint);
	*file = (struct plan_file){ .targets = NULL };
}
