/* libotr's own reading and writing of key files, for comparison with ours.
 *
 * keyfile_libotr keys FILE                       every key: account, protocol, fingerprint
 * keyfile_libotr generate FILE (ACCOUNT PROTOCOL)...
 * keyfile_libotr fingerprints FILE [COPY]        every fingerprint; then writes them to COPY
 * keyfile_libotr tags FILE [ACCOUNT PROTOCOL]    every tag; before, makes one and writes FILE
 * keyfile_libotr name TEXT                       how libgcrypt writes a name
 *
 * One line each, with fields in [brackets]. Fails when libotr does. */
#include <stdio.h>
#include <string.h>
#include <gcrypt.h>
#include <libotr/proto.h>
#include <libotr/privkey.h>
#include <libotr/instag.h>

static int failed(const char *what, gcry_error_t error) {
    fprintf(stderr, "%s: %s\n", what, gcry_strerror(error));
    return 1;
}

static void say_fingerprint(const unsigned char *bytes) {
    putchar('[');
    for (int i = 0; i < 20; i++) printf("%02x", bytes[i]);
    putchar(']');
}

static int keys(OtrlUserState state, const char *file) {
    gcry_error_t error = otrl_privkey_read(state, file);
    if (error) return failed("reading keys", error);
    for (OtrlPrivKey *key = state->privkey_root; key; key = key->next) {
        unsigned char hash[20];
        gcry_md_hash_buffer(GCRY_MD_SHA1, hash, key->pubkey_data, key->pubkey_datalen);
        printf("[%s][%s]", key->accountname, key->protocol);
        say_fingerprint(hash);
        putchar('\n');
    }
    return 0;
}

static int fingerprints(OtrlUserState state, const char *file, const char *copy) {
    gcry_error_t error = otrl_privkey_read_fingerprints(state, file, NULL, NULL);
    if (error) return failed("reading fingerprints", error);
    for (ConnContext *contact = state->context_root; contact; contact = contact->next) {
        if (contact->their_instance != OTRL_INSTAG_MASTER) continue;
        for (Fingerprint *print = contact->fingerprint_root.next; print; print = print->next) {
            printf("[%s][%s][%s]", contact->username, contact->accountname, contact->protocol);
            say_fingerprint(print->fingerprint);
            printf("[%s]\n", print->trust ? print->trust : "");
        }
    }
    if (!copy) return 0;
    error = otrl_privkey_write_fingerprints(state, copy);
    return error ? failed("writing fingerprints", error) : 0;
}

static int tags(OtrlUserState state, const char *file, char **account) {
    gcry_error_t error = account[0] ? otrl_instag_generate(state, file, account[0], account[1])
                                    : otrl_instag_read(state, file);
    if (error) return failed("instance tags", error);
    for (OtrlInsTag *tag = state->instag_root; tag; tag = tag->next)
        printf("[%s][%s][%08x]\n", tag->accountname, tag->protocol, tag->instag);
    return 0;
}

static int name(const char *text) {
    gcry_sexp_t list;
    char written[4096];
    gcry_error_t error = gcry_sexp_build(&list, NULL, "(name %s)", text);
    if (error) return failed("building", error);
    gcry_sexp_sprint(list, GCRYSEXP_FMT_ADVANCED, written, sizeof written);
    fputs(written, stdout);
    return 0;
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    OTRL_INIT;
    OtrlUserState state = otrl_userstate_create();
    const char *command = arguments[1], *file = arguments[2];
    if (!strcmp(command, "keys")) return keys(state, file);
    if (!strcmp(command, "name")) return name(file);
    if (!strcmp(command, "fingerprints"))
        return fingerprints(state, file, count > 3 ? arguments[3] : NULL);
    if (!strcmp(command, "tags") && count != 4) return tags(state, file, arguments + 3);
    if (!strcmp(command, "generate")) {
        for (int i = 3; i + 1 < count; i += 2) {
            gcry_error_t error =
                otrl_privkey_generate(state, file, arguments[i], arguments[i + 1]);
            if (error) return failed("generating", error);
        }
        return keys(state, file);
    }
    return 2;
}
