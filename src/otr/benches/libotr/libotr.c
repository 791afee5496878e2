/* Two libotr users in one process, and how long what they do takes.
 *
 * One command in, `NAME ROUNDS`; one line out, `NANOS` and the CPU time of all rounds, or ERR.
 * Both keys are made before READY. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <gcrypt.h>
#include <libotr/proto.h>
#include <libotr/message.h>
#include <libotr/privkey.h>

#define PROTOCOL "test"
#define QUEUE_MAX 64
#define SECRET "the same words"

typedef struct {
    const char *account, *peer, *tag;
    OtrlUserState state;
    /* What waits to be carried to the other. */
    char *sent[QUEUE_MAX];
    size_t sent_count;
    int is_asked, has_succeeded;
    size_t texts;
} User;

static User alice = {.account = "alice@test", .peer = "bob@test", .tag = "00000a11"};
static User bob = {.account = "bob@test", .peer = "alice@test", .tag = "00000b0b"};

static void fail(const char *what) {
    printf("ERR %s\n", what);
    fflush(stdout);
    exit(1);
}

static void queue(User *user, const char *text) {
    if (user->sent_count == QUEUE_MAX) fail("queue");
    user->sent[user->sent_count++] = strdup(text);
}

static OtrlPolicy on_policy(void *data, ConnContext *context) { return OTRL_POLICY_ALLOW_V3; }
static int on_is_logged_in(void *data, const char *a, const char *p, const char *r) { return 1; }
static void on_inject(void *data, const char *a, const char *p, const char *r, const char *text) {
    queue(data, text);
}
static void on_new_fingerprint(void *data, OtrlUserState us, const char *a, const char *p,
                               const char *user, unsigned char fingerprint[20]) {}
static void on_write_fingerprints(void *data) {}
static void on_update(void *data) {}
static void on_secure(void *data, ConnContext *context) {}
static void on_still_secure(void *data, ConnContext *context, int is_reply) {}
static void on_create(void *data, const char *a, const char *p) {}
static void on_message_event(void *data, OtrlMessageEvent event, ConnContext *context,
                             const char *message, gcry_error_t error) {
    if (event != OTRL_MSGEVENT_LOG_HEARTBEAT_SENT && event != OTRL_MSGEVENT_LOG_HEARTBEAT_RCVD)
        fail("message event");
}

static void on_smp(void *data, OtrlSMPEvent event, ConnContext *context, unsigned short percent,
                   char *question) {
    User *user = data;
    switch (event) {
    case OTRL_SMPEVENT_ASK_FOR_SECRET: user->is_asked = 1; break;
    case OTRL_SMPEVENT_SUCCESS: user->has_succeeded = 1; break;
    case OTRL_SMPEVENT_IN_PROGRESS: break;
    default: fail("smp event");
    }
}

static const OtrlMessageAppOps ops = {
    .policy = on_policy,
    .create_privkey = on_create,
    .is_logged_in = on_is_logged_in,
    .inject_message = on_inject,
    .update_context_list = on_update,
    .new_fingerprint = on_new_fingerprint,
    .write_fingerprints = on_write_fingerprints,
    .gone_secure = on_secure,
    .gone_insecure = on_secure,
    .still_secure = on_still_secure,
    .handle_smp_event = on_smp,
    .handle_msg_event = on_message_event,
    .create_instag = on_create,
};

static ConnContext *best(User *user) {
    return otrl_context_find(user->state, user->peer, user->account, PROTOCOL, OTRL_INSTAG_BEST, 0,
                             NULL, NULL, NULL);
}

static void receive(User *user, const char *wire) {
    char *text = NULL;
    OtrlTLV *tlvs = NULL;
    int ignored = otrl_message_receiving(user->state, &ops, user, user->account, PROTOCOL,
                                         user->peer, wire, &text, &tlvs, NULL, NULL, NULL);
    if (!ignored) user->texts++;
    otrl_tlv_free(tlvs);
    otrl_message_free(text);
}

static void carry_to(User *to, User *from) {
    char *sent[QUEUE_MAX];
    size_t count = from->sent_count;
    memcpy(sent, from->sent, sizeof sent);
    from->sent_count = 0;
    for (size_t i = 0; i < count; i++) {
        receive(to, sent[i]);
        free(sent[i]);
    }
}

static void carry(void) {
    while (alice.sent_count || bob.sent_count) {
        carry_to(&bob, &alice);
        carry_to(&alice, &bob);
    }
}

static void say(User *from, User *to, const char *text) {
    char *wire = NULL;
    size_t before = to->texts;
    if (otrl_message_sending(from->state, &ops, from, from->account, PROTOCOL, from->peer,
                             OTRL_INSTAG_BEST, text, NULL, &wire, OTRL_FRAGMENT_SEND_SKIP, NULL,
                             NULL, NULL) ||
        !wire)
        fail("send");
    receive(to, wire);
    otrl_message_free(wire);
    if (to->texts != before + 1) fail("text lost");
}

static void forget(User *user) {
    for (ConnContext *context = user->state->context_root; context; context = context->next)
        otrl_context_force_plaintext(context);
    otrl_context_forget_all(user->state);
}

static void exchange_keys(void) {
    char *query = otrl_proto_default_query_msg(alice.account, OTRL_POLICY_ALLOW_V3);
    queue(&alice, query);
    free(query);
    carry();
    if (best(&alice)->msgstate != OTRL_MSGSTATE_ENCRYPTED ||
        best(&bob)->msgstate != OTRL_MSGSTATE_ENCRYPTED)
        fail("not private");
}

static void verify(void) {
    alice.has_succeeded = bob.has_succeeded = bob.is_asked = 0;
    otrl_message_initiate_smp(alice.state, &ops, &alice, best(&alice), (unsigned char *)SECRET,
                              strlen(SECRET));
    carry();
    if (!bob.is_asked) fail("not asked");
    otrl_message_respond_smp(bob.state, &ops, &bob, best(&bob), (unsigned char *)SECRET,
                             strlen(SECRET));
    carry();
    if (!alice.has_succeeded || !bob.has_succeeded) fail("not verified");
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long long run(const char *name, long rounds) {
    static char text[10001];
    long long nanos = 0;
    int is_exchange = !strcmp(name, "ake"), is_long = !strcmp(name, "message-10k");
    memset(text, 'x', sizeof text - 1);
    text[is_long ? 10000 : 100] = 0;
    if (!is_exchange && (!best(&alice) || best(&alice)->msgstate != OTRL_MSGSTATE_ENCRYPTED))
        exchange_keys();
    long long start = now();
    for (long round = 0; round < rounds; round++) {
        if (is_exchange) {
            /* Forgetting the last exchange is not part of this one. */
            forget(&alice);
            forget(&bob);
            start = now();
            exchange_keys();
            nanos += now() - start;
        } else if (!strcmp(name, "smp")) {
            verify();
        } else if (!strcmp(name, "ping-pong")) {
            say(&alice, &bob, text);
            say(&bob, &alice, text);
        } else {
            say(&alice, &bob, text);
        }
    }
    return is_exchange ? nanos : now() - start;
}

static void prepare(User *user) {
    user->state = otrl_userstate_create();
    FILE *keys = tmpfile(), *tags = tmpfile();
    if (!keys || !tags) fail("tmpfile");
    if (otrl_privkey_generate_FILEp(user->state, keys, user->account, PROTOCOL)) fail("key");
    fprintf(tags, "%s\t%s\t%s\n", user->account, PROTOCOL, user->tag);
    rewind(tags);
    if (otrl_instag_read_FILEp(user->state, tags)) fail("tag");
    fclose(keys);
    fclose(tags);
}

int main(void) {
    char name[32];
    long rounds;
    OTRL_INIT;
    gcry_control(GCRYCTL_ENABLE_QUICK_RANDOM, 0);
    prepare(&alice);
    prepare(&bob);
    puts("READY");
    fflush(stdout);
    while (scanf("%31s %ld", name, &rounds) == 2) {
        printf("NANOS %lld\n", run(name, rounds));
        fflush(stdout);
    }
    return 0;
}
