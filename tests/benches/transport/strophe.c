/* The library that Profanity speaks XMPP with, at the same work as ours.
 *
 *   strophe PORT AUTHORITY PASSWORD connect N    prints the microseconds of each of N sign-ins
 *   strophe PORT AUTHORITY PASSWORD messages N   prints those of N messages, and of the processor
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <strophe.h>

/* Messages that are on their way at once, at most; as many as in the other measurement. */
enum { IN_FLIGHT = 64 };

struct talker {
    xmpp_conn_t *connection;
    int online;
    int received;
};

static long long microseconds(const struct timespec *at)
{
    return at->tv_sec * 1000000LL + at->tv_nsec / 1000;
}

static long long now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return microseconds(&at);
}

static long long processor(void)
{
    struct timespec at;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return microseconds(&at);
}

static void changed(xmpp_conn_t *connection, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *data)
{
    struct talker *talker = data;
    (void)connection;
    (void)stream_error;
    if (event == XMPP_CONN_CONNECT) {
        talker->online = 1;
    } else {
        if (!talker->online) {
            fprintf(stderr, "not signed in: %d\n", error);
            exit(1);
        }
        talker->online = 0;
    }
}

static int heard(xmpp_conn_t *connection, xmpp_stanza_t *message, void *data)
{
    struct talker *talker = data;
    (void)connection;
    if (xmpp_stanza_get_child_by_name(message, "body"))
        talker->received++;
    return 1;
}

static void sign_in(struct talker *talker, xmpp_ctx_t *context, const char *jid, char **arguments)
{
    talker->online = 0;
    talker->received = 0;
    talker->connection = xmpp_conn_new(context);
    xmpp_conn_set_flags(talker->connection, XMPP_CONN_FLAG_LEGACY_SSL);
    xmpp_conn_set_cafile(talker->connection, arguments[2]);
    xmpp_conn_set_jid(talker->connection, jid);
    xmpp_conn_set_pass(talker->connection, arguments[3]);
    xmpp_handler_add(talker->connection, heard, NULL, "message", NULL, talker);
    if (xmpp_connect_client(talker->connection, "127.0.0.1", atoi(arguments[1]), changed, talker))
        exit(1);
    while (!talker->online)
        xmpp_run_once(context, 1);
}

static void sign_out(struct talker *talker, xmpp_ctx_t *context)
{
    xmpp_disconnect(talker->connection);
    while (talker->online)
        xmpp_run_once(context, 1);
    xmpp_conn_release(talker->connection);
}

static void show(struct talker *talker, xmpp_ctx_t *context)
{
    xmpp_stanza_t *presence = xmpp_presence_new(context);
    xmpp_send(talker->connection, presence);
    xmpp_stanza_release(presence);
}

static void say(struct talker *talker, xmpp_ctx_t *context, int number)
{
    char id[32], text[128];
    xmpp_stanza_t *message;
    snprintf(id, sizeof id, "m%d", number);
    snprintf(text, sizeof text, "message %d of many, as long as most are that people write", number);
    message = xmpp_message_new(context, "chat", "bob@localhost", id);
    xmpp_message_set_body(message, text);
    xmpp_send(talker->connection, message);
    xmpp_stanza_release(message);
}

static void connect_often(xmpp_ctx_t *context, char **arguments, int times)
{
    while (times--) {
        struct talker alice;
        long long began = now();
        sign_in(&alice, context, "alice@localhost", arguments);
        printf("%lld\n", now() - began);
        sign_out(&alice, context);
    }
}

static void talk(xmpp_ctx_t *context, char **arguments, int count)
{
    struct talker alice, bob;
    long long began, used;
    int said = 0;
    sign_in(&alice, context, "alice@localhost", arguments);
    sign_in(&bob, context, "bob@localhost", arguments);
    show(&alice, context);
    show(&bob, context);
    began = now();
    used = processor();
    while (bob.received < count) {
        while (said < count && said - bob.received < IN_FLIGHT)
            say(&alice, context, said++);
        xmpp_run_once(context, 1);
    }
    printf("%lld %lld\n", now() - began, processor() - used);
    sign_out(&alice, context);
    sign_out(&bob, context);
}

int main(int argc, char **arguments)
{
    xmpp_ctx_t *context;
    if (argc != 6)
        return 2;
    xmpp_initialize();
    context = xmpp_ctx_new(NULL, NULL);
    if (!strcmp(arguments[4], "connect"))
        connect_often(context, arguments, atoi(arguments[5]));
    else
        talk(context, arguments, atoi(arguments[5]));
    xmpp_ctx_free(context);
    xmpp_shutdown();
    return 0;
}
