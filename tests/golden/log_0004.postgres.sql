--
-- PostgreSQL database dump
--


-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: retold_append(text, bigint[], text[], bigint[], bytea[], text[], bigint[], bytea[], text[], text[], bigint[], uuid[], text[], integer[], text[], text[], text[], uuid[], bigint[], bigint, bytea[]); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.retold_append(of_tenant text, locks bigint[], read_streams text[], read_versions bigint[], read_digests bytea[], head_streams text[], head_versions bigint[], head_digests bytea[], head_sessions text[], event_streams text[], event_versions bigint[], event_ids uuid[], event_types text[], event_schema_versions integer[], event_data text[], event_metadata text[], event_correlation_ids text[], event_causation_ids uuid[], event_occurred_at bigint[], at bigint, event_digests bytea[]) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
       DECLARE
         now_epoch integer;
       BEGIN
         PERFORM pg_advisory_xact_lock(key) FROM unnest(locks) AS key;
         IF EXISTS (
           SELECT 1 FROM unnest(read_streams, read_versions, read_digests)
             AS expected (name, version, digest)
           LEFT JOIN streams ON streams.tenant = of_tenant AND streams.name = expected.name
           WHERE coalesce(streams.version, 0) <> expected.version
             OR coalesce(streams.digest, expected.digest) <> expected.digest
             OR streams.tombstoned_at IS NOT NULL
         ) THEN
           RETURN NULL;
         END IF;
         -- Whoever begins an epoch waits for this lock, and this call for the epoch.
         LOCK TABLE events IN ROW EXCLUSIVE MODE;
         SELECT max(epoch) INTO now_epoch FROM epochs;
         INSERT INTO events (epoch, tenant, stream, version, event_id, type, schema_version,
                             data, metadata, correlation_id, causation_id, occurred_at,
                             recorded_at, digest)
         SELECT now_epoch, of_tenant, one.stream, one.version, one.event_id, one.type,
                one.schema_version, one.data, one.metadata, one.correlation_id,
                one.causation_id, one.occurred_at, at, one.digest
         FROM unnest(event_streams, event_versions, event_ids, event_types,
                     event_schema_versions, event_data, event_metadata, event_correlation_ids,
                     event_causation_ids, event_occurred_at, event_digests)
              WITH ORDINALITY AS one (stream, version, event_id, type, schema_version, data,
                                      metadata, correlation_id, causation_id, occurred_at,
                                      digest, place)
         ORDER BY place;
         INSERT INTO streams (tenant, name, version, digest, session)
         SELECT of_tenant, head.name, head.version, head.digest, head.session
         FROM unnest(head_streams, head_versions, head_digests, head_sessions)
              AS head (name, version, digest, session)
         ON CONFLICT (tenant, name)
         DO UPDATE SET version = excluded.version, digest = excluded.digest;
         RETURN pg_current_xact_id()::text::bigint;
       END $$;


--
-- Name: retold_refuse_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.retold_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
       BEGIN
         -- Without a percent sign, which the printed script would double.
         RAISE EXCEPTION USING MESSAGE = 'events are append-only: ' || TG_OP || ' refused';
       END $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: consumer_checkpoints; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.consumer_checkpoints (
    tenant text NOT NULL COLLATE pg_catalog."C",
    consumer_group text NOT NULL COLLATE pg_catalog."C",
    partition integer NOT NULL,
    cursor text,
    token bigint NOT NULL,
    moved_at bigint NOT NULL
);


--
-- Name: consumer_groups; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.consumer_groups (
    tenant text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    partitions integer NOT NULL,
    selection text NOT NULL,
    begun_at bigint NOT NULL
);


--
-- Name: epochs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.epochs (
    epoch integer NOT NULL,
    cluster text NOT NULL,
    begun_at bigint NOT NULL
);


--
-- Name: events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.events (
    "position" bigint NOT NULL,
    tenant text NOT NULL COLLATE pg_catalog."C",
    stream text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    schema_version integer NOT NULL,
    data text NOT NULL,
    metadata text NOT NULL,
    correlation_id text,
    causation_id uuid,
    occurred_at bigint,
    recorded_at bigint NOT NULL,
    digest bytea NOT NULL,
    transaction_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    epoch integer DEFAULT 1 NOT NULL
);


--
-- Name: events_position_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.events ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.events_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: leases; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.leases (
    tenant text NOT NULL COLLATE pg_catalog."C",
    resource text NOT NULL COLLATE pg_catalog."C",
    owner text,
    token bigint NOT NULL,
    expires_at bigint NOT NULL
);


--
-- Name: log_info; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.log_info (
    key text NOT NULL,
    value text NOT NULL
);


--
-- Name: parked_events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.parked_events (
    tenant text NOT NULL COLLATE pg_catalog."C",
    consumer_group text NOT NULL COLLATE pg_catalog."C",
    event_tenant text NOT NULL COLLATE pg_catalog."C",
    event_id uuid NOT NULL,
    partition integer NOT NULL,
    stream text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    type text NOT NULL,
    cursor text NOT NULL,
    reason text NOT NULL,
    attempts integer NOT NULL,
    parked_at bigint NOT NULL,
    retry_at bigint,
    discarded_at bigint,
    discard_reason text
);


--
-- Name: projection_builds; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.projection_builds (
    tenant text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    build integer NOT NULL,
    version integer NOT NULL,
    code text,
    state text NOT NULL,
    tables text NOT NULL,
    partitions integer NOT NULL,
    after text,
    until text,
    failure text,
    begun_at bigint NOT NULL
);


--
-- Name: projection_checkpoints; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.projection_checkpoints (
    tenant text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    build integer NOT NULL,
    partition integer NOT NULL,
    cursor text,
    events bigint NOT NULL,
    events_per_second double precision,
    moved_at bigint NOT NULL
);


--
-- Name: projection_parked_events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.projection_parked_events (
    tenant text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    build integer NOT NULL,
    event_id uuid NOT NULL,
    stream text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    type text NOT NULL,
    cursor text NOT NULL,
    reason text NOT NULL,
    parked_at bigint NOT NULL
);


--
-- Name: projections; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.projections (
    tenant text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    active_build integer,
    previous_build integer,
    last_build integer NOT NULL,
    inline boolean NOT NULL,
    paused_at bigint
);


--
-- Name: retold_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.retold_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: sessions_v1_1; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sessions_v1_1 (
    tenant text NOT NULL COLLATE pg_catalog."C",
    session text NOT NULL COLLATE pg_catalog."C",
    stream text NOT NULL COLLATE pg_catalog."C",
    root_session text NOT NULL COLLATE pg_catalog."C",
    parent_stream text COLLATE pg_catalog."C",
    source text,
    subject text,
    tags text NOT NULL,
    agent text,
    ag2_stream_id text,
    started_at bigint,
    started_text text,
    ended_at bigint,
    ended_text text,
    recorded_from bigint NOT NULL,
    recorded_to bigint NOT NULL,
    version bigint NOT NULL,
    ended boolean NOT NULL,
    end_reason text,
    messages bigint NOT NULL,
    tool_calls bigint NOT NULL,
    tool_results bigint NOT NULL,
    tool_errors bigint NOT NULL,
    parallel_call_messages bigint NOT NULL,
    prompt_tokens bigint,
    completion_tokens bigint,
    cost_usd text,
    turns bigint NOT NULL,
    turns_failed bigint NOT NULL,
    open_calls text NOT NULL,
    search_text text NOT NULL
);


--
-- Name: snapshots; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.snapshots (
    tenant text NOT NULL COLLATE pg_catalog."C",
    stream text NOT NULL COLLATE pg_catalog."C",
    fold text NOT NULL,
    version bigint NOT NULL,
    code_version text NOT NULL,
    digest bytea NOT NULL,
    state text NOT NULL,
    taken_at bigint NOT NULL
);


--
-- Name: streams; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.streams (
    tenant text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    digest bytea NOT NULL,
    session text COLLATE pg_catalog."C",
    parent_stream text COLLATE pg_catalog."C",
    parent_version bigint,
    tombstoned_at bigint
);


--
-- Data for Name: consumer_checkpoints; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.consumer_checkpoints (tenant, consumer_group, partition, cursor, token, moved_at) FROM stdin;
\.


--
-- Data for Name: consumer_groups; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.consumer_groups (tenant, name, partitions, selection, begun_at) FROM stdin;
\.


--
-- Data for Name: epochs; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.epochs (epoch, cluster, begun_at) FROM stdin;
1	7711771414830889073/1	1795544498436661
\.


--
-- Data for Name: events; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.events ("position", tenant, stream, version, event_id, type, schema_version, data, metadata, correlation_id, causation_id, occurred_at, recorded_at, digest, transaction_id, epoch) FROM stdin;
1	default	order-1	1	01970000-0000-7000-8000-000000000000	order.opened	1	{}	{}	\N	\N	\N	1795544498714941	\\xf28a43f83a6a9249698b985c2f61bb7e85278304bd2fd2c80ac353aa06bb6fe0	189560	1
2	default	order-1	2	01970000-0000-7000-8000-000000000001	order.placed	2	{"":""," ":" ","null":null,"true":true,"nested":{"a":[{"b":[[],{}]}]}}	{"session":"order/1","n":1}	case-1	01970000-0000-7000-8000-000000000000	-1	1795544498714941	\\x0a9f7339474da5af413b739d9a4d85876de4ab06d00ad676e7a669f8bba9b5ea	189560	1
3	default	order-1	3	01970000-0000-7000-8000-000000000002	order.placed	3	{"text":"Ünïcödé 漢字 😀 é é \\"\\\\/ \\u0000\\u0007\\u001f ﻿"}	{}	\N	01970000-0000-7000-8000-000000000001	1709189100000000	1795544498714941	\\xdea19386dc9838437a25d42bee45ad485876e3e770478712c83256443a103dc9	189560	1
4	default	order-1	4	01970000-0000-7000-8000-000000000003	order.placed	1	{"2**53+1":9007199254740993,"max":9223372036854775807,"min":-9223372036854775808,"unsigned":18446744073709551615,"zero":0}	{"session":"order/1","n":3}	case-1	01970000-0000-7000-8000-000000000002	-62135596800000000	1795544498714941	\\x0bb6d98402f1dc3fee6831d826e3dcf213aecd29d5633a2f6fe6ca713467128c	189560	1
5	default	order-1	5	01970000-0000-7000-8000-000000000004	order.placed	2	{"tenth":0.1,"tiny":5e-324,"huge":1.7976931348623157e+308,"negative_zero":-0.0}	{}	\N	01970000-0000-7000-8000-000000000003	253402300799999999	1795544498714941	\\xaae869dd7a767a812494fa7ed423b3c812c59604cbc9bb5670d31f3c1a96a4af	189560	1
6	default	order-1	6	01970000-0000-7000-8000-000000000005	order.placed	3	{"$":"tuple","items":[1,2]}	{"session":"order/1","n":5}	case-1	01970000-0000-7000-8000-000000000004	\N	1795544498714941	\\x3ef31fa06cf1a97a429ce02f58d82455424f4d42012aa810a9fddf1e82548dde	189560	1
7	default	order-1	7	01970000-0000-7000-8000-000000000006	order.placed	1	{"keys":{"0":0,"1":1,"2":2,"3":3,"4":4,"5":5,"6":6,"7":7,"8":8,"9":9,"10":10,"11":11},"deep":[[[[[[[[["bottom"]]]]]]]]]}	{}	\N	01970000-0000-7000-8000-000000000005	-1	1795544498714941	\\x0ece91aae245291ee4c4bf90514a8667b69739d893715767184bed519fec4ee8	189560	1
8	default	content-c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0	1	00000000-0000-7d4e-a89f-4f3d564d2744	content.recorded	1	{"kind":"note","content":{"a":[1.5,null],"b":"ß"}}	{}	\N	\N	\N	1795544498733448	\\xd07d016dcc21bc16dc343adb6b24aaf45b6f91c371d0b993afe23bb97dc91352	189562	1
9	default	order-1	8	01a20eca-b785-7048-aaad-f2564020ab54	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795544498739624	\\xe14781b787a80a1cf6d7a59ee027aeff0815a12621814090b46be35321e14f6a	189564	1
10	default	order-Zweig 二-x	1	01a20eca-b785-7048-aaad-f257edf22211	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795544498743976	\\xdeb9990e6378357220457e4679628cfeb72760792a924eaeb45839f722e20b69	189565	1
11	default	stock_take-a-b	1	01a20eca-b785-7048-aaad-f2588db82fc2	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795544498748047	\\x8044bcc869d0621d249dbd0f7a60b62e8593c16ca1fba932ed52c5fd0930d7bb	189567	1
12	default	stock_take-a-b	2	01a20eca-b785-7048-aaad-f259623ef643	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795544498748047	\\x0105777be82d2fd16d03e9f6d9d13ad5100a0108fef755cd219a67b5ebd66067	189567	1
13	default	conversation-ticket-4711	1	01a20eca-b78e-718b-af26-401c0a1ff660	conversation.started	1	{"source":"ag2","ag2_stream_id":"ba2ff0e8-47a6-5aa5-99ff-0725ba2e757f","subject":"user:7","tags":{"env":"prod","língua":"pt"},"agent":"support"}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0"}	01a20eca-b78d-75cc-b31c-baccef3977e0	\N	1795544496014219	1795544498752067	\\xf4af67900aeffa45ba87a44702676e7c29538434e7b114519ae35f3c938dd72a	189569	1
14	default	conversation-ticket-4711	2	01a20eca-b78e-718b-af26-401b23049963	turn.started	1	{"turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support","owner":"recorder:32057:220df08c","fencing_token":1,"implicit":false}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b78e-718b-af26-401c0a1ff660	1795544496014087	1795544498752067	\\x707b8f40ff70eef4fa28952ee742e217ddcecb04406c8726a1f48db3f39eacaf	189569	1
15	default	conversation-ticket-4711	3	01a20eca-b78f-7798-8b5f-6a25166e67e3	turn.stage_finished	1	{"turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":1.262}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b78e-718b-af26-401b23049963	1795544496015268	1795544498752067	\\xdfc38ef6b797ad3b588bebc5b2f3f432d96c81a270299902cef31c3353efc9af	189569	1
16	default	conversation-ticket-4711	4	01a20eca-b78f-7798-8b5f-6a2609e20628	conversation.variables_changed	1	{"changed":{"name":"Zoë","limits":{"$":"tuple","items":[1,2.5,null]},"since":{"$":"datetime","iso":"2026-02-03T00:00:00+00:00"}},"removed":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b78e-718b-af26-401b23049963	1795544496015290	1795544498752067	\\xe6cc40d8eb342479a0245c7af0db4ea34dde9a8a49126bd8f7e8e4d5af931a96	189569	1
17	default	conversation-ticket-4711	5	01a20eca-b78f-7798-8b5f-6a272e28b9f4	turn.stage_finished	1	{"turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.088}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b78e-718b-af26-401b23049963	1795544496015304	1795544498752067	\\x8828730529905d486ef1685733c0c81a40e591b4203bd9a0c1375027e496154b	189569	1
18	default	conversation-ticket-4711	6	01a20eca-b79e-72f3-976d-e7d9f5bde3d8	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795544496.0160692,"parts":[{"$":"ag2.TextInput","created_at":1795544496.0151372,"metadata":{},"content":"Wo ist mein Paket?"}]},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b78e-718b-af26-401b23049963	1795544496016069	1795544498752067	\\x09847929aa5260bf382aecb477f896c5dc394fa839fa468adc8b21243930c09d	189569	1
19	default	content-de8c09980ad01f98b37af18523e4cfc837b8ed6ce368b317eeb11022cf8e3e6e	1	00000000-0000-72f2-8b02-7fccf100e9aa	content.recorded	1	{"kind":"prompt","content":["You help customers, très gentiment."]}	{}	\N	\N	\N	1795544498760125	\\xc7f5d0dec1f391e18eacc03af5c7ebb91ae317eae8e7f64b0b33a83d3fc735d9	189571	1
20	default	content-19e374deca003bec004c9326904750be58225e0a4c32ff89b1e1ed4b8bdd7c8a	1	00000000-0000-719a-9db9-86129bb1a1f6	content.recorded	1	{"kind":"tools","content":[{"defer_loading":false,"function":{"description":"Find a parcel.","name":"find_parcel","parameters":{"properties":{"number":{"title":"Number","type":"integer"}},"required":["number"],"type":"object"}},"type":"function"},{"defer_loading":false,"function":{"description":"Fail.","name":"lose_parcel","parameters":{"properties":{"number":{"title":"Number","type":"integer"}},"required":["number"],"type":"object"}},"type":"function"}]}	{}	\N	\N	\N	1795544498763855	\\x086e622324004593e37c44163a953d41114ce9ebc4617f6b8c0668138598c965	189573	1
21	default	content-92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc	1	00000000-0000-7410-b410-bf3840f79e54	content.recorded	1	{"kind":"parameters","content":{}}	{}	\N	\N	\N	1795544498767835	\\x269d5cc58cf3a61b8b3711cc0d5ad3c0449344d8debaf66098ec48f382d6fdeb	189575	1
54	default	conversation-ticket-4711	39	01a20eca-b7d1-7229-9c56-f87fa96c6564	turn.stage_finished	1	{"turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","stage":"bootstrap","ok":true,"detail":{"version":37,"history":19},"duration_ms":1.678}	{"session":"ticket-4711","turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","agent":"support"}	case-1	01a20eca-b7d0-715e-9364-ff2e1f67546b	1795544496081081	1795544498776262	\\x225270843542a4095e43d762d890a75e2e93604490f2f7615352ca9673b4ea69	189577	1
22	default	conversation-ticket-4711	7	01a20eca-b7a1-763f-9b7c-d7c377ac59c2	model.call_started	1	{"call":"01a20eca-b79f-743c-9f54-c93fc843e553","attempt":1,"model":"scripted","messages":[{"first":6,"last":6}],"request_hash":"2d7c0ef15926d4a2ba494db8cc5e053f12b9e03ced5430e8c27db0c022d74ace","prompt_hash":"de8c09980ad01f98b37af18523e4cfc837b8ed6ce368b317eeb11022cf8e3e6e","tools_hash":"19e374deca003bec004c9326904750be58225e0a4c32ff89b1e1ed4b8bdd7c8a","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b79e-72f3-976d-e7d9f5bde3d8	1795544496033071	1795544498776262	\\xe08585b5e3e6956c5b2a2c5e2fbc1126f5ab1aa84af0e67ed874a8b1a22eda67	189577	1
23	default	conversation-ticket-4711	8	01a20eca-b7a1-763f-9b7c-d7c40f399255	model.call_completed	1	{"call":"01a20eca-b79f-743c-9f54-c93fc843e553","response":{"$":"ag2.ModelResponse","created_at":1795544496.0337777,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.0337665,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.0058138,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"},{"$":"ag2.ToolCallEvent","created_at":1795544496.0058348,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{\\"number\\": 9007199254740993}","name":"find_parcel"}]}},"published":[],"usage":{},"latency_ms":0.205}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7a1-763f-9b7c-d7c377ac59c2	1795544496033974	1795544498776262	\\xf2094e8462b26618bec75002fabfcb136f9074e4b300de8683ffd18ea4e23016	189577	1
24	default	conversation-ticket-4711	9	01a20eca-b7a3-77d5-bc4c-42b41d3351b0	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.0337777,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.0337665,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.0058138,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"},{"$":"ag2.ToolCallEvent","created_at":1795544496.0058348,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{\\"number\\": 9007199254740993}","name":"find_parcel"}]}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7a1-763f-9b7c-d7c40f399255	1795544496033778	1795544498776262	\\x50a3e3cf3e04a2f8551dbf9dd821da714ce80dd9ded72f33d5c8ea15f045ebec	189577	1
25	default	conversation-ticket-4711	10	01a20eca-b7a4-7695-a61e-1c139b8214f7	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795544496.0337665,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.0058138,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"},{"$":"ag2.ToolCallEvent","created_at":1795544496.0058348,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{\\"number\\": 9007199254740993}","name":"find_parcel"}]},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7a3-77d5-bc4c-42b41d3351b0	1795544496033767	1795544498776262	\\x5e35f45c9a9eb51d14c7906e9c22c21468501b2a528cb8045f35f126d6e2813e	189577	1
26	default	conversation-ticket-4711	11	01a20eca-b7a7-73f7-bb92-950730a702b2	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795544496.0058138,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7a4-7695-a61e-1c139b8214f7	1795544496005814	1795544498776262	\\xb3d338c9b7f0c7de3a73b9c818f3a41bea80fa2222cd373c6bea159f304eb093	189577	1
27	default	conversation-ticket-4711	12	01a20eca-b7a8-7373-bffd-bcf357c6e48f	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795544496.0058348,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{\\"number\\": 9007199254740993}","name":"find_parcel"},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7a4-7695-a61e-1c139b8214f7	1795544496005835	1795544498776262	\\x6c474e79333ec3c3f6592a1ed8279271d2ab02c9cfdda64aa02bb12b0dd480e4	189577	1
28	default	conversation-ticket-4711	13	01a20eca-b7a9-709f-9611-64ebf044afc2	conversation.event_recorded	1	{"event":{"$":"unregistered","type":"shop.events.Noticed","kind":"event","fields":{"created_at":1795544496.0409727,"what":"parcel 7"}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7a8-7373-bffd-bcf357c6e48f	1795544496040973	1795544498776262	\\xbb48d0a9f1e2baf40aaa4314108d1e77390a62a03d04a85b901b78153c7550c7	189577	1
29	default	conversation-ticket-4711	14	01a20eca-b7aa-7579-b7c6-b9168fbe7708	conversation.event_recorded	1	{"event":{"$":"unregistered","type":"shop.events.Noticed","kind":"event","fields":{"created_at":1795544496.0416267,"what":"parcel 9007199254740993"}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7a9-709f-9611-64ebf044afc2	1795544496041627	1795544498776262	\\x3b70a1d7f52a6dfd21be430915792ddfeeff2f10e83332399f5ee6f9b77ca515	189577	1
30	default	conversation-ticket-4711	15	01a20eca-b7ab-7110-bf5c-6aef39c1dd7d	conversation.variables_changed	1	{"changed":{"found":9007199254740993},"removed":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7aa-7579-b7c6-b9168fbe7708	1795544496043148	1795544498776262	\\xd9514601892df0915a0811c675a4e80c572a450ed1513675e98bdbb9115ea194	189577	1
31	default	conversation-ticket-4711	16	01a20eca-b7ab-7110-bf5c-6af0b01e1609	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultEvent","created_at":1795544496.0430307,"parent_id":"call_2","name":"find_parcel","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.DataInput","created_at":1795544496.0430222,"metadata":{},"data":{"number":9007199254740993,"weight_kg":1.25,"where":"Zürich 🚚","signed":null}}],"final":false,"metadata":{}}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7a8-7373-bffd-bcf357c6e48f	1795544496043031	1795544498776262	\\x83b83bdaa3eb674511e9a57317d2308bc0fb5a5a1e2fe3cfec9bfddf2d1ba6d6	189577	1
32	default	conversation-ticket-4711	17	01a20eca-b7ac-7318-8763-c3ba3a6d227a	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultEvent","created_at":1795544496.0423155,"parent_id":"call_1","name":"find_parcel","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.DataInput","created_at":1795544496.0423038,"metadata":{},"data":{"number":7,"weight_kg":1.25,"where":"Zürich 🚚","signed":null}}],"final":false,"metadata":{}}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7a7-73f7-bb92-950730a702b2	1795544496042315	1795544498776262	\\x6f6b721f952c1c6e4896067d2cd62f14dec4c45f5c6e420c66db269443c759a9	189577	1
33	default	conversation-ticket-4711	18	01a20eca-b7ad-75e5-8140-03bcb2f88749	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultsEvent","created_at":1795544496.0455363,"results":[{"$":"ag2.ToolResultEvent","created_at":1795544496.0423155,"parent_id":"call_1","name":"find_parcel","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.DataInput","created_at":1795544496.0423038,"metadata":{},"data":{"number":7,"weight_kg":1.25,"where":"Zürich 🚚","signed":null}}],"final":false,"metadata":{}}},{"$":"ag2.ToolResultEvent","created_at":1795544496.0430307,"parent_id":"call_2","name":"find_parcel","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.DataInput","created_at":1795544496.0430222,"metadata":{},"data":{"number":9007199254740993,"weight_kg":1.25,"where":"Zürich 🚚","signed":null}}],"final":false,"metadata":{}}}]},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7ac-7318-8763-c3ba3a6d227a	1795544496045536	1795544498776262	\\x3f4f1cb4c8611134a3b69fa1200a11093fe608331d6d372f811adeacbf6e7eca	189577	1
34	default	conversation-ticket-4711	19	01a20eca-b7af-7124-9248-63af8afec2a8	model.call_started	1	{"call":"01a20eca-b7af-7124-9248-63aec89ef037","attempt":1,"model":"scripted","messages":[{"first":6,"last":6},{"first":9,"last":14},{"first":16,"last":18}],"request_hash":"4c3f8c7c50d35560b5ab4d2e1ee7bf763dbef95afdd96cc2a187b72f7b8103a4","prompt_hash":"de8c09980ad01f98b37af18523e4cfc837b8ed6ce368b317eeb11022cf8e3e6e","tools_hash":"19e374deca003bec004c9326904750be58225e0a4c32ff89b1e1ed4b8bdd7c8a","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7ad-75e5-8140-03bcb2f88749	1795544496047287	1795544498776262	\\x68f3cdecfc5473f04d60b6ef774727d673b2978038c1131f60af423189dbc8d7	189577	1
35	default	conversation-ticket-4711	20	01a20eca-b7b0-740e-b7db-d8236939949c	model.call_completed	1	{"call":"01a20eca-b7af-7124-9248-63aec89ef037","response":{"$":"ag2.ModelResponse","created_at":1795544496.0479035,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.0478961,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.0058427,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 8}","name":"lose_parcel"},{"$":"ag2.ToolCallEvent","created_at":1795544496.0058482,"vendor_metadata":{},"source":null,"id":"call_3","arguments":"{}","name":"fly"}]}},"published":[],"usage":{},"latency_ms":0.152}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7af-7124-9248-63af8afec2a8	1795544496048024	1795544498776262	\\x47c5c529da7096066ff6961482d4dab64aa2155a97a2d9396aa9be0f7de4cb0a	189577	1
36	default	conversation-ticket-4711	21	01a20eca-b7b0-740e-b7db-d824b83e08f8	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.0479035,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.0478961,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.0058427,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 8}","name":"lose_parcel"},{"$":"ag2.ToolCallEvent","created_at":1795544496.0058482,"vendor_metadata":{},"source":null,"id":"call_3","arguments":"{}","name":"fly"}]}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7b0-740e-b7db-d8236939949c	1795544496047904	1795544498776262	\\x39a08c0c476e4fa5b48fbd8f5e56bf2c5474cfa957cc171c0b3bf5572ab212ca	189577	1
37	default	conversation-ticket-4711	22	01a20eca-b7b2-7073-aeef-c9747dd99f30	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795544496.0478961,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.0058427,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 8}","name":"lose_parcel"},{"$":"ag2.ToolCallEvent","created_at":1795544496.0058482,"vendor_metadata":{},"source":null,"id":"call_3","arguments":"{}","name":"fly"}]},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7b0-740e-b7db-d824b83e08f8	1795544496047896	1795544498776262	\\x923189ce6714fd46a21d136ffcf4f2b25010ae8d312fb7e1bbe565eae39ae49e	189577	1
38	default	conversation-ticket-4711	23	01a20eca-b7b4-7421-aa35-ecb49d72b085	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795544496.0058427,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 8}","name":"lose_parcel"},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7b2-7073-aeef-c9747dd99f30	1795544496005843	1795544498776262	\\xb979fa654a5133aa723bf180a6790f613797962a117a9ef471aca209f7ffa2bb	189577	1
39	default	conversation-ticket-4711	24	01a20eca-b7b5-7480-bb7f-0296dd86ec4f	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795544496.0058482,"vendor_metadata":{},"source":null,"id":"call_3","arguments":"{}","name":"fly"},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7b2-7073-aeef-c9747dd99f30	1795544496005848	1795544498776262	\\x6f45ca61d546642e92ac7c153b9e0104ebcdb606eeeabf786e43c25d9b28561e	189577	1
40	default	conversation-ticket-4711	25	01a20eca-b7b6-72e7-926b-8db7cf89b117	conversation.event_recorded	1	{"event":{"$":"ag2.ToolErrorEvent","created_at":1795544496.0542996,"parent_id":"call_1","name":"lose_parcel","error":{"$":"exception","type":"builtins.LookupError","message":"parcel 8 is lost","args":["parcel 8 is lost"]},"result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795544496.0542872,"metadata":{},"content":"LookupError: parcel 8 is lost\\n"}],"final":false,"metadata":{}}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7b4-7421-aa35-ecb49d72b085	1795544496054300	1795544498776262	\\xcf34ae62ffbf470a382feeb1c13576cc6fe59053867c1d0e98b74b4e67a2652d	189577	1
41	default	conversation-ticket-4711	26	01a20eca-b7bc-77e6-85b9-ce4c2defef5c	conversation.event_recorded	1	{"event":{"$":"ag2.ToolNotFoundEvent","created_at":1795544496.0552297,"parent_id":"call_3","name":"fly","error":{"$":"exception","type":"ag2.ToolNotFoundError","message":"Tool `fly` not found","args":["Tool `fly` not found"]},"result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795544496.0552201,"metadata":{},"content":"ag2.exceptions.ToolNotFoundError: Tool `fly` not found\\n"}],"final":false,"metadata":{}}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7b5-7480-bb7f-0296dd86ec4f	1795544496055230	1795544498776262	\\x17f5aef68884c25fad0cb961c40428bfe64929942bd0739ff3c90fcd40910282	189577	1
93	default	conversation-delegated	1	01a20eca-b803-73a7-84f7-98c9dba81abc	conversation.started	1	{"source":"ag2","ag2_stream_id":"cb3d221a-86ad-5600-95c1-a3712518d7da","tags":{},"agent":"boss"}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	\N	1795544496131745	1795544498816518	\\x080ab2bf14e1e94c456057762aa26fba685d889710eb933c5cf04fd682ed6d61	189587	1
42	default	conversation-ticket-4711	27	01a20eca-b7be-738b-8319-828c5621b48f	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultsEvent","created_at":1795544496.0619514,"results":[{"$":"ag2.ToolErrorEvent","created_at":1795544496.0542996,"parent_id":"call_1","name":"lose_parcel","error":{"$":"exception","type":"builtins.LookupError","message":"parcel 8 is lost","args":["parcel 8 is lost"]},"result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795544496.0542872,"metadata":{},"content":"LookupError: parcel 8 is lost\\n"}],"final":false,"metadata":{}}},{"$":"ag2.ToolNotFoundEvent","created_at":1795544496.0552297,"parent_id":"call_3","name":"fly","error":{"$":"exception","type":"ag2.ToolNotFoundError","message":"Tool `fly` not found","args":["Tool `fly` not found"]},"result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795544496.0552201,"metadata":{},"content":"ag2.exceptions.ToolNotFoundError: Tool `fly` not found\\n"}],"final":false,"metadata":{}}}]},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7bc-77e6-85b9-ce4c2defef5c	1795544496061951	1795544498776262	\\xc14c1cef15df556538f26e6075d08f1b0b0278b857913d6d5039a4ea9cd2ac9b	189577	1
43	default	conversation-ticket-4711	28	01a20eca-b7c0-734d-b658-01f0beb6cdaa	model.call_started	1	{"call":"01a20eca-b7c0-734d-b658-01efd1b327ad","attempt":1,"model":"scripted","messages":[{"first":6,"last":6},{"first":9,"last":14},{"first":16,"last":18},{"first":21,"last":27}],"request_hash":"da19ae0516fd15416efa725f02fea71f3c9b63b449de4be8e095c87625450417","prompt_hash":"de8c09980ad01f98b37af18523e4cfc837b8ed6ce368b317eeb11022cf8e3e6e","tools_hash":"19e374deca003bec004c9326904750be58225e0a4c32ff89b1e1ed4b8bdd7c8a","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7be-738b-8319-828c5621b48f	1795544496064308	1795544498776262	\\x9a1e9f30b962ae0ef038e70494ebe5d48eb24f98affd50cc235b95610171b21a	189577	1
44	default	conversation-ticket-4711	29	01a20eca-b7c1-7582-8db9-8f8b23d5d0f5	model.call_completed	1	{"call":"01a20eca-b7c0-734d-b658-01efd1b327ad","response":{"$":"ag2.ModelResponse","created_at":1795544496.0058708,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.0058749,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795544496.0058627,"metadata":{},"content":"Your parcel is in Zürich. 📦"}},"published":[],"usage":{"prompt_tokens":17.0,"completion_tokens":5.0},"finish_reason":"stop","latency_ms":0.149}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7c0-734d-b658-01f0beb6cdaa	1795544496065099	1795544498776262	\\x09fec30343b6a725f05dc0a43a0f08124a87e85e32762a3cdf77fd80059a505e	189577	1
45	default	conversation-ticket-4711	30	01a20eca-b7c2-7358-8041-872ba49d0366	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795544496.065689,"label":null,"parts":[],"kind":"model_call","model":"scripted-1","provider":null,"finish_reason":"stop","usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7c1-7582-8db9-8f8b23d5d0f5	1795544496065689	1795544498776262	\\x491f347bb6e9bb5fac0bedfa67fc5b84b7eeae941235629a81e9d0f3a72eb90a	189577	1
46	default	conversation-ticket-4711	31	01a20eca-b7c2-7358-8041-872c8b3807d0	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.0058708,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.0058749,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795544496.0058627,"metadata":{},"content":"Your parcel is in Zürich. 📦"}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7c1-7582-8db9-8f8b23d5d0f5	1795544496005871	1795544498776262	\\xa4c1f6d8a471d357f944d097214e9124ee41d80e7872f5769ce1866d864ba5ad	189577	1
47	default	conversation-ticket-4711	32	01a20eca-b7c6-748f-baf1-54268b906d56	turn.stage_finished	1	{"turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":51.857}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7c2-7358-8041-872c8b3807d0	1795544496070440	1795544498776262	\\x158a2dd46e4cee7b3b253e54100eb7e6067d4b6a51a08e29a08462941060323d	189577	1
48	default	conversation-ticket-4711	33	01a20eca-b7c6-748f-baf1-54273325f2d8	turn.stage_finished	1	{"turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":2.283}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7c2-7358-8041-872c8b3807d0	1795544496070466	1795544498776262	\\x1caaa3ef19d2297261073ece2bd60078c07402140cfd4fae4162f2d3422315c4	189577	1
49	default	conversation-ticket-4711	34	01a20eca-b7c6-748f-baf1-54287b2219cb	turn.stage_finished	1	{"turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","stage":"output_composition","ok":true,"detail":{"characters":27,"reply_version":31},"duration_ms":0.099}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7c2-7358-8041-872c8b3807d0	1795544496070473	1795544498776262	\\xbfee961f2ebcf93774c6994e7969ccdcc88c51acb1dce0edc1836171ad4bac16	189577	1
50	default	conversation-ticket-4711	35	01a20eca-b7c6-748f-baf1-5429f9ae6706	turn.stage_finished	1	{"turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","stage":"telemetry","ok":true,"detail":{"model_calls":3,"tool_results":4,"prompt_tokens":17,"completion_tokens":5,"version":31},"duration_ms":0.03}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7c2-7358-8041-872c8b3807d0	1795544496070481	1795544498776262	\\x1e6a66c2d3ce6e1d892f494747fecdeeee0429bca194dfd737f0f6d2f00430d5	189577	1
51	default	conversation-ticket-4711	36	01a20eca-b7c6-748f-baf1-542aa55cf6b2	turn.completed	1	{"turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","duration_ms":56.589}	{"session":"ticket-4711","turn":"01a20eca-b78d-75cc-b31c-baccef3977e0","agent":"support"}	01a20eca-b78d-75cc-b31c-baccef3977e0	01a20eca-b7c2-7358-8041-872c8b3807d0	1795544496070487	1795544498776262	\\x5d3d62ede0cf2745e971ce3f00ef76d323c7f9db0b0c3c424623a8ab75e0f828	189577	1
52	default	conversation-ticket-4711	37	01a20eca-b7cf-7258-992e-7baae51d2359	turn.started	1	{"turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","agent":"support","owner":"recorder:32057:220df08c","fencing_token":2,"implicit":false}	{"session":"ticket-4711","turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","agent":"support"}	case-1	01a20eca-b7c6-748f-baf1-542aa55cf6b2	1795544496079557	1795544498776262	\\x45d3ac47c3159c61b1bbdd5972845495b1f6cdd39a2f66f01bcfcaae2782167e	189577	1
53	default	conversation-ticket-4711	38	01a20eca-b7d0-715e-9364-ff2e1f67546b	conversation.tags_changed	1	{"tags":{"priority":"high"}}	{"session":"ticket-4711","turn":"01a20eca-b7ce-72c9-b762-7e511f942d81"}	case-1	01a20eca-b7cf-7258-992e-7baae51d2359	1795544496080384	1795544498776262	\\x6112fe3f47746541d58aa9882d88f52abd4c53c3f1c62dad8345d80541dc2b0b	189577	1
55	default	conversation-ticket-4711	40	01a20eca-b7d1-7229-9c56-f8801ff7eba7	turn.stage_finished	1	{"turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.106}	{"session":"ticket-4711","turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","agent":"support"}	case-1	01a20eca-b7d0-715e-9364-ff2e1f67546b	1795544496081100	1795544498776262	\\xe7d69b12b408052f3c40cc684fa06d885339572225c48e259cc9c129aa7aaad2	189577	1
56	default	conversation-ticket-4711	41	01a20eca-b7d5-7495-aa23-e417f48d1628	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795544496.0816782,"parts":[{"$":"ag2.TextInput","created_at":1795544496.0809298,"metadata":{},"content":"Are you sure?"}]},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","agent":"support"}	case-1	01a20eca-b7cf-7258-992e-7baae51d2359	1795544496081678	1795544498776262	\\x66e557a7ab3a11700131b946679edb728a044313c7624ca4de5bf4fe788536e9	189577	1
57	default	conversation-ticket-4711	42	01a20eca-b7d7-70f1-bc40-6d4b01949cd7	model.call_started	1	{"call":"01a20eca-b7d7-70f1-bc40-6d4aceb05e5e","attempt":1,"model":"scripted","messages":[{"first":6,"last":6},{"first":9,"last":14},{"first":16,"last":18},{"first":21,"last":27},{"first":30,"last":31},{"first":41,"last":41}],"request_hash":"6c87d6b67bcb17a453027fd5b1135e8f0426eaebbbc88a9dd0df49d3ff6abb0f","prompt_hash":"de8c09980ad01f98b37af18523e4cfc837b8ed6ce368b317eeb11022cf8e3e6e","tools_hash":"19e374deca003bec004c9326904750be58225e0a4c32ff89b1e1ed4b8bdd7c8a","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"ticket-4711","turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","agent":"support"}	case-1	01a20eca-b7d5-7495-aa23-e417f48d1628	1795544496087379	1795544498776262	\\x687ffbe6c7b71ad2e4563ed997d4c3ce803e888f507a5fb935575ae9de0be0b1	189577	1
58	default	conversation-ticket-4711	43	01a20eca-b7d8-754f-bfc9-b448755f8e52	model.call_completed	1	{"call":"01a20eca-b7d7-70f1-bc40-6d4aceb05e5e","response":{"$":"ag2.ModelResponse","created_at":1795544496.088248,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.0882523,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795544496.0880325,"metadata":{},"content":"As I said."}},"published":[{"$":"ag2.ModelMessage","created_at":1795544496.0880325,"metadata":{},"content":"As I said."}],"usage":{},"latency_ms":0.371}	{"session":"ticket-4711","turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","agent":"support"}	case-1	01a20eca-b7d7-70f1-bc40-6d4b01949cd7	1795544496088364	1795544498776262	\\x2d8bb7f38c5025449f0d6ed606ac3d0b16f4a377fff6cbf9fd0dcf77c7e84de6	189577	1
59	default	conversation-ticket-4711	44	01a20eca-b7d9-74b2-9299-c90ddd439d89	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.088248,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.0882523,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795544496.0880325,"metadata":{},"content":"As I said."}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","agent":"support"}	case-1	01a20eca-b7d8-754f-bfc9-b448755f8e52	1795544496088248	1795544498776262	\\xde8ebde18a0b732c109037ff40e28e34d00e26bc47096ac507ef35e6c2f3de1e	189577	1
60	default	conversation-ticket-4711	45	01a20eca-b7db-759b-99fd-dbff9177722a	turn.stage_finished	1	{"turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":8.226}	{"session":"ticket-4711","turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","agent":"support"}	case-1	01a20eca-b7d9-74b2-9299-c90ddd439d89	1795544496091590	1795544498776262	\\x94bf45012cfb5d7c5f7c5e38cb1d23d04535584a5aa10ea351419643ba8ebf98	189577	1
61	default	conversation-ticket-4711	46	01a20eca-b7db-759b-99fd-dc00e75ea15a	turn.stage_finished	1	{"turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":1.531}	{"session":"ticket-4711","turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","agent":"support"}	case-1	01a20eca-b7d9-74b2-9299-c90ddd439d89	1795544496091610	1795544498776262	\\xf42cece62bd0717a3581545f5ab11eaabe039f4b687a250dcc4b016a6e353ff0	189577	1
62	default	conversation-ticket-4711	47	01a20eca-b7db-759b-99fd-dc0103cfd5fb	turn.stage_finished	1	{"turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","stage":"output_composition","ok":true,"detail":{"characters":10,"reply_version":44},"duration_ms":0.079}	{"session":"ticket-4711","turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","agent":"support"}	case-1	01a20eca-b7d9-74b2-9299-c90ddd439d89	1795544496091617	1795544498776262	\\xe9df90d19864bcaf5d2d90998874ec659dacf750452e472a84e38030aee25408	189577	1
63	default	conversation-ticket-4711	48	01a20eca-b7db-759b-99fd-dc0249ee2e38	turn.stage_finished	1	{"turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","stage":"telemetry","ok":true,"detail":{"model_calls":1,"tool_results":0,"prompt_tokens":null,"completion_tokens":null,"version":44},"duration_ms":0.019}	{"session":"ticket-4711","turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","agent":"support"}	case-1	01a20eca-b7d9-74b2-9299-c90ddd439d89	1795544496091623	1795544498776262	\\x1a5aad5817077cb6dcd4aafc6cbd727f102170242753aa577a6fca2fc821645f	189577	1
64	default	conversation-ticket-4711	49	01a20eca-b7db-759b-99fd-dc031aafdd28	turn.completed	1	{"turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","duration_ms":12.931}	{"session":"ticket-4711","turn":"01a20eca-b7ce-72c9-b762-7e511f942d81","agent":"support"}	case-1	01a20eca-b7d9-74b2-9299-c90ddd439d89	1795544496091629	1795544498776262	\\xb5beeb41af7f14f63d76238320547c58369ff4f4586d137839bb697b8c547be4	189577	1
65	default	conversation-refund	1	01a20eca-b7e1-7224-ac05-f7a144e97947	conversation.started	1	{"source":"ag2","ag2_stream_id":"3e2750ed-c79f-554d-a08c-74cd8400c18a","subject":"user:8","tags":{},"agent":"clerk"}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	\N	1795544496097235	1795544498784388	\\x833056cef2d63e7976e94aabfaa0c0d28163512d174769bc10fb5e9bc4b2c7ae	189579	1
66	default	conversation-refund	2	01a20eca-b7e1-7224-ac05-f7a0ed54e49d	turn.started	1	{"turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk","owner":"recorder:32057:220df08c","fencing_token":1,"implicit":false}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7e1-7224-ac05-f7a144e97947	1795544496097092	1795544498784388	\\x664a02a001ab60f94e33a8951d10eecc1a6ab4c69ea4f361a322889a00c8bb14	189579	1
67	default	conversation-refund	3	01a20eca-b7e2-728d-a19b-b6a9eeed7c44	turn.stage_finished	1	{"turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":1.136}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7e1-7224-ac05-f7a0ed54e49d	1795544496098066	1795544498784388	\\xd5db5423265544596bd351e97535c245c41bf4623b8b86d5d78281e87f14b3dd	189579	1
68	default	conversation-refund	4	01a20eca-b7e2-728d-a19b-b6aa64eda42c	turn.stage_finished	1	{"turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.028}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7e1-7224-ac05-f7a0ed54e49d	1795544496098085	1795544498784388	\\x86b0ed9a6097a0b8cb1eddaf07643c9bd2f14e5d271ab8004a3594b64d0aee09	189579	1
281	acme & söhne	order-1	6	01970000-0000-7000-8000-000000000005	order.placed	3	{"$":"tuple","items":[1,2]}	{"session":"order/1","n":5}	case-1	01970000-0000-7000-8000-000000000004	\N	1795544499731054	\\xefd9be3e8afc1bd51629298c8fe3882acff428b475fd2aef330d3047b9d798dd	189694	1
69	default	conversation-refund	5	01a20eca-b7e6-70eb-aea5-042b1020c2d1	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795544496.0986648,"parts":[{"$":"ag2.TextInput","created_at":1795544496.0979993,"metadata":{},"content":"Refund me!"}]},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7e1-7224-ac05-f7a0ed54e49d	1795544496098665	1795544498784388	\\xc34ff0b586044c4899d6a1c159335bd79d21c3f1b49173c5d03cfdf656a3fd35	189579	1
70	default	content-35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56	1	00000000-0000-7ec6-ab79-ca8b4fd42308	content.recorded	1	{"kind":"prompt","content":[]}	{}	\N	\N	\N	1795544498792198	\\x0636f41f550eed145be22a627329c0ad61787bd4ad9c259f932e962e0f7ad64a	189581	1
71	default	content-cc4932aa9482974f3e7541d891675004ae046edf9b591089b9437bee676d7ece	1	00000000-0000-7ab1-b8b9-73cc52058689	content.recorded	1	{"kind":"tools","content":[{"defer_loading":false,"function":{"description":"Ask the human.","name":"ask_human","parameters":{"properties":{},"type":"object"}},"type":"function"},{"defer_loading":false,"function":{"description":"Give the final answer.","name":"answer","parameters":{"properties":{},"type":"object"}},"type":"function"}]}	{}	\N	\N	\N	1795544498795821	\\x0731d6a57e00b1b2684b8bdd115c578c83ff921b2a7156f5a9b595e101fc1adc	189583	1
72	default	conversation-refund	6	01a20eca-b7e8-7697-877f-b9d35b4f9090	model.call_started	1	{"call":"01a20eca-b7e7-75d9-ba3e-713477ebfdde","attempt":1,"model":"scripted","messages":[{"first":5,"last":5}],"request_hash":"c9cd423cab4e093bfd90aa797b6863649c5cac475174b2ce63fdb869b3f77dec","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"cc4932aa9482974f3e7541d891675004ae046edf9b591089b9437bee676d7ece","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7e6-70eb-aea5-042b1020c2d1	1795544496104126	1795544498804178	\\x0f92a5133f5f75ac0e2be9ca4ab2a5388f084e3f0d1656232c5e56472cdf77ca	189585	1
73	default	conversation-refund	7	01a20eca-b7e8-7697-877f-b9d43c109124	model.call_completed	1	{"call":"01a20eca-b7e7-75d9-ba3e-713477ebfdde","response":{"$":"ag2.ModelResponse","created_at":1795544496.1047301,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1047215,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.0936174,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"ask_human"}]}},"published":[],"usage":{},"latency_ms":0.107}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7e8-7697-877f-b9d35b4f9090	1795544496104844	1795544498804178	\\x4fd78848b9234da29a571acb3c32e94b135c053f9406293018815bc04a82348e	189585	1
74	default	conversation-refund	8	01a20eca-b7e9-7073-a856-dabe07ccfa4d	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.1047301,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1047215,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.0936174,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"ask_human"}]}},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7e8-7697-877f-b9d43c109124	1795544496104730	1795544498804178	\\xf5be947d486cc8c896fc86342dfe2daafa0c125a86ce776d89dc6d104292aab9	189585	1
75	default	conversation-refund	9	01a20eca-b7ea-7397-a32b-a3fae42bfbf6	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1047215,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.0936174,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"ask_human"}]},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7e9-7073-a856-dabe07ccfa4d	1795544496104722	1795544498804178	\\xa36f2d0d5f527b98c6a3e7fab4e4258ebaee8adcb111df822cb02aca9aa7b016	189585	1
76	default	conversation-refund	10	01a20eca-b7ec-71b5-8a82-b06af891dd3b	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795544496.0936174,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"ask_human"},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7ea-7397-a32b-a3fae42bfbf6	1795544496093617	1795544498804178	\\xaecc0a3bd8819eefd370e6fcffde2a02cecc1a3229151abb54ea66dae691acb0	189585	1
77	default	conversation-refund	11	01a20eca-b7ef-732e-9228-e70fcdfbb355	conversation.human_input_requested	1	{"event":{"$":"ag2.HumanInputRequest","created_at":1795544496.1095772,"id":"6e11dc58-a492-4e05-9b5a-463d90bb990e","task_id":null,"timeout":null,"content":"May I refund €12.50?"}}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7ec-71b5-8a82-b06af891dd3b	1795544496111334	1795544498804178	\\xa251c558ea8042c015ae8ccddac245f559eea849b3eaa893f7d92f1ebf9a11bb	189585	1
78	default	conversation-refund	12	01a20eca-b7f0-7162-a609-d9612e6e9ee0	conversation.event_recorded	1	{"event":{"$":"ag2.HumanMessage","created_at":1795544496.112291,"parent_id":"6e11dc58-a492-4e05-9b5a-463d90bb990e","content":"yes"},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7ef-732e-9228-e70fcdfbb355	1795544496112291	1795544498804178	\\x17399110ebfb911ec4a1045c0a7248c5976f59bd5433f4dced038d9819d5baec	189585	1
79	default	conversation-refund	13	01a20eca-b7f1-7458-aa2e-4671f8cfc289	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultEvent","created_at":1795544496.1132128,"parent_id":"call_1","name":"ask_human","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795544496.1132016,"metadata":{},"content":"yes"}],"final":false,"metadata":{}}},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7ec-71b5-8a82-b06af891dd3b	1795544496113213	1795544498804178	\\xc978e744b130304239b14e55b86448d0d29a890b3b1bb08a12757c793e4cabbf	189585	1
80	default	conversation-refund	14	01a20eca-b7f2-75e5-9d52-959ce519d628	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultsEvent","created_at":1795544496.1142967,"results":[{"$":"ag2.ToolResultEvent","created_at":1795544496.1132128,"parent_id":"call_1","name":"ask_human","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795544496.1132016,"metadata":{},"content":"yes"}],"final":false,"metadata":{}}}]},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7f1-7458-aa2e-4671f8cfc289	1795544496114297	1795544498804178	\\xd2a431e4abfd00d150fcc93a612a3a5a0f18e87e923a0ded26bfc1812d7e01c0	189585	1
94	default	conversation-delegated	2	01a20eca-b803-73a7-84f7-98c864b45cb6	turn.started	1	{"turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss","owner":"recorder:32057:220df08c","fencing_token":1,"implicit":false}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b803-73a7-84f7-98c9dba81abc	1795544496131608	1795544498816518	\\x93785e26b5fd7b8ff88b39cd0101c6e7a544d27a22b0a9d430f65eb1389653df	189587	1
81	default	conversation-refund	15	01a20eca-b7f3-7509-82fd-fbe69a2a9c9f	model.call_started	1	{"call":"01a20eca-b7f3-7509-82fd-fbe5dba07cbc","attempt":1,"model":"scripted","messages":[{"first":5,"last":5},{"first":8,"last":10},{"first":12,"last":14}],"request_hash":"29ede5f21b68d4dade8fa3afade82485a0f8a46cf399bd5408a4a77568decb47","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"cc4932aa9482974f3e7541d891675004ae046edf9b591089b9437bee676d7ece","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7f2-75e5-9d52-959ce519d628	1795544496115769	1795544498804178	\\xba592501ffd0ff585e9bc3db1c072bb22665d403686344521f5223ff22085a4f	189585	1
82	default	conversation-refund	16	01a20eca-b7f4-734b-ae4f-ceecb131e989	model.call_completed	1	{"call":"01a20eca-b7f3-7509-82fd-fbe5dba07cbc","response":{"$":"ag2.ModelResponse","created_at":1795544496.116381,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1163738,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.0936294,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{}","name":"answer"}]}},"published":[],"usage":{},"latency_ms":0.113}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7f3-7509-82fd-fbe69a2a9c9f	1795544496116487	1795544498804178	\\xa37b370d11b9ccdd68d84d1555bd1ae2061983506db42993e0d5e9178653abfd	189585	1
83	default	conversation-refund	17	01a20eca-b7f5-711a-bd1d-d8621e1c253e	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.116381,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1163738,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.0936294,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{}","name":"answer"}]}},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7f4-734b-ae4f-ceecb131e989	1795544496116381	1795544498804178	\\x4a8643397c2b73f9399b470498dce07ab9fefb3ea54277100af965bcb3909b69	189585	1
84	default	conversation-refund	18	01a20eca-b7f6-76b1-ba70-662af4b57561	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1163738,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.0936294,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{}","name":"answer"}]},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7f5-711a-bd1d-d8621e1c253e	1795544496116374	1795544498804178	\\x3d37916f585cdf9b4ab2221c71302bd79938f5b72f2c36eef3a80fde28b9e388	189585	1
85	default	conversation-refund	19	01a20eca-b7f7-70fe-bd08-8fda3b0af844	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795544496.0936294,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{}","name":"answer"},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7f6-76b1-ba70-662af4b57561	1795544496093629	1795544498804178	\\xfa17c5461a1833341d98e5832632bdbe5d773b01b8764c80a9101aa74eb20fb5	189585	1
86	default	conversation-refund	20	01a20eca-b7f9-77b6-879e-c2b31f201c0b	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultEvent","created_at":1795544496.1209407,"parent_id":"call_2","name":"answer","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795544496.1208947,"metadata":{},"content":"forty-two"}],"final":true,"metadata":{"sure":true}}},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7f7-70fe-bd08-8fda3b0af844	1795544496120941	1795544498804178	\\x66e1f33e87adcc55c29deaebba1b830b8e9c849adea3f8fb85eb821718137d98	189585	1
87	default	conversation-refund	21	01a20eca-b7fa-7243-8f1d-133cdc72796f	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.1219792,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1219826,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795544496.1219697,"metadata":{"sure":true},"content":"forty-two"},"response_force":true},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7f5-711a-bd1d-d8621e1c253e	1795544496121979	1795544498804178	\\xd561c3d28aa2c2628a9d1261c34f87be79c8f3f4810b5db8459b87dcf10bb5cf	189585	1
88	default	conversation-refund	22	01a20eca-b7fc-76e7-947e-d76dd56cd98d	turn.stage_finished	1	{"turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":24.242}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7fa-7243-8f1d-133cdc72796f	1795544496124709	1795544498804178	\\x22d0e5e2b9001e5cfe1c7786cc92bbec9523d3195d96848d457313717305ef79	189585	1
89	default	conversation-refund	23	01a20eca-b7fc-76e7-947e-d76ef6200d01	turn.stage_finished	1	{"turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":1.647}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7fa-7243-8f1d-133cdc72796f	1795544496124729	1795544498804178	\\x9a42bd1f623235e403b5a6fec511f71975f864daf9d62e4aa759fd562299d4c8	189585	1
90	default	conversation-refund	24	01a20eca-b7fc-76e7-947e-d76fcc1361bc	turn.stage_finished	1	{"turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","stage":"output_composition","ok":true,"detail":{"characters":9,"reply_version":21},"duration_ms":0.058}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7fa-7243-8f1d-133cdc72796f	1795544496124736	1795544498804178	\\x637ee787e7babb6031b30c3d2794956643010f25ad7f55d1135427fdbdbeafb1	189585	1
91	default	conversation-refund	25	01a20eca-b7fc-76e7-947e-d770fb017777	turn.stage_finished	1	{"turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","stage":"telemetry","ok":true,"detail":{"model_calls":3,"tool_results":2,"prompt_tokens":null,"completion_tokens":null,"version":21},"duration_ms":0.02}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7fa-7243-8f1d-133cdc72796f	1795544496124742	1795544498804178	\\x64ae535ef7657826342af3ff0c0cf0eb912c4729b2c8c0a027dcfcb933b5ae67	189585	1
92	default	conversation-refund	26	01a20eca-b7fc-76e7-947e-d771562fb569	turn.completed	1	{"turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","duration_ms":27.863}	{"session":"refund","turn":"01a20eca-b7e0-7011-a463-d8e70cc7b9d1","agent":"clerk"}	01a20eca-b7e0-7011-a463-d8e70cc7b9d1	01a20eca-b7fa-7243-8f1d-133cdc72796f	1795544496124748	1795544498804178	\\xfcdeeae52a914a4216bfe7d86b22f377007f8d5086600e3e6ab47c2810cb0f74	189585	1
282	acme & söhne	order-1	7	01970000-0000-7000-8000-000000000006	order.placed	1	{"keys":{"0":0,"1":1,"2":2,"3":3,"4":4,"5":5,"6":6,"7":7,"8":8,"9":9,"10":10,"11":11},"deep":[[[[[[[[["bottom"]]]]]]]]]}	{}	\N	01970000-0000-7000-8000-000000000005	-1	1795544499731054	\\x7683d9071d66ce634172ec24d3b3ec27510e997f870b5340ec23774d405c140d	189694	1
95	default	conversation-delegated	3	01a20eca-b804-7450-ad2c-aab0788392b4	turn.stage_finished	1	{"turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":1.019}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b803-73a7-84f7-98c864b45cb6	1795544496132516	1795544498816518	\\x58645ce17670255dbb67d435f51948a906fd1c0e0cd7a312da35b565e26d5c06	189587	1
96	default	conversation-delegated	4	01a20eca-b804-7450-ad2c-aab1cbc58634	turn.stage_finished	1	{"turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.029}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b803-73a7-84f7-98c864b45cb6	1795544496132534	1795544498816518	\\x92cac92d5dde6d5e463afb9f640d3c3e8fcc9d47ce9b5858ddb19cdba1e0c16c	189587	1
97	default	conversation-delegated	5	01a20eca-b807-7582-a558-cdc7241369cc	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795544496.1331027,"parts":[{"$":"ag2.TextInput","created_at":1795544496.1324477,"metadata":{},"content":"Ask the expert."}]},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b803-73a7-84f7-98c864b45cb6	1795544496133103	1795544498816518	\\x4e1133f1306f9b71205641a187dc16dd77169f6504244089bdc2c1bb47fd317b	189587	1
98	default	content-1640d5430d97d9d7a39159f685733c18f89996c4ffe7418edb080860c7df0a05	1	00000000-0000-76f1-b865-075b121e5818	content.recorded	1	{"kind":"tools","content":[{"defer_loading":false,"function":{"description":"finds","name":"task_expert","parameters":{"properties":{"context":{"default":"","title":"Context","type":"string"},"objective":{"title":"Objective","type":"string"}},"required":["objective"],"type":"object"}},"type":"function"}]}	{}	\N	\N	\N	1795544498828622	\\xab69866c112323656d10be097203260b93676a6f95e92a574dd7aef09cc38d74	189589	1
99	default	conversation-delegated	6	01a20eca-b809-76e3-9e74-2d4f37fb9914	model.call_started	1	{"call":"01a20eca-b808-7657-a187-8e13c53a4a6e","attempt":1,"model":"scripted","messages":[{"first":5,"last":5}],"request_hash":"a6a859f9d25e2f718a1a8be49f9d70db5587bd410b885ea925884b2b60cd6707","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"1640d5430d97d9d7a39159f685733c18f89996c4ffe7418edb080860c7df0a05","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b807-7582-a558-cdc7241369cc	1795544496137553	1795544498830411	\\xbe436faf97c9fc7e4d3c0d7600925fd966bf352f22a7e2c7806106f8e3ac22dc	189590	1
100	default	conversation-delegated	7	01a20eca-b80a-71dc-81aa-064899b5ad82	model.call_completed	1	{"call":"01a20eca-b808-7657-a187-8e13c53a4a6e","response":{"$":"ag2.ModelResponse","created_at":1795544496.1382241,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1382163,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.1267729,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"objective\\": \\"find 7\\"}","name":"task_expert"}]}},"published":[],"usage":{},"latency_ms":0.094}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b809-76e3-9e74-2d4f37fb9914	1795544496138332	1795544498830411	\\xdf6e7648035d2543ed340809567c611643aea8c8bf358dca328ca22f5abd2db6	189590	1
101	default	conversation-delegated	8	01a20eca-b80b-7413-90df-68926c7fdcfd	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.1382241,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1382163,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.1267729,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"objective\\": \\"find 7\\"}","name":"task_expert"}]}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b80a-71dc-81aa-064899b5ad82	1795544496138224	1795544498830411	\\x074589930335a580917ce8d693678c54cc046c0595d897079a8d22ce947b68c7	189590	1
102	default	conversation-delegated	9	01a20eca-b80c-7245-826c-189a0ae46b57	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1382163,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.1267729,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"objective\\": \\"find 7\\"}","name":"task_expert"}]},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b80b-7413-90df-68926c7fdcfd	1795544496138216	1795544498830411	\\x4a2b457739a19510f9ecbeb89c825a6ed0fbcfaa4848c7ac32e706ed8cc071dd	189590	1
103	default	conversation-delegated	10	01a20eca-b80e-7213-9765-fdb67171cf87	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795544496.1267729,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"objective\\": \\"find 7\\"}","name":"task_expert"},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b80c-7245-826c-189a0ae46b57	1795544496126773	1795544498830411	\\x54aff60261840452694e11a292fc85784d6b09559e164df7f74926c85e8ee30a	189590	1
104	default	conversation-delegated	11	01a20eca-b810-7461-9866-c50aa18f167f	conversation.event_recorded	1	{"event":{"$":"ag2.TaskStarted","created_at":1795544496.1439292,"spec":null,"expires_at":null,"task_id":"9edf8d5f6f0a4f699ac7e84b6c9ae844","agent_name":"expert","objective":"find 7","parent_tool_call_id":"call_1"},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b80e-7213-9765-fdb67171cf87	1795544496143929	1795544498830411	\\xf9a00414b6d22b3f9a24cacd47c2c647614783efb256d94fd37e08b17dca9b55	189590	1
105	default	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	1	01a20eca-b814-7001-bfa1-afc8f5de0788	conversation.started	1	{"source":"ag2","ag2_stream_id":"9091cce8-8214-4b33-9910-cacbdd5b8be3","tags":{},"agent":"expert","parent":{"stream":"conversation-delegated","task_id":"9edf8d5f6f0a4f699ac7e84b6c9ae844","tool_call_id":"call_1","objective":"find 7"}}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b810-7461-9866-c50aa18f167f	1795544496148809	1795544498836185	\\x1f39dcdc9b7a2db77d37ea0b6f81f6d1f312668dc4c5623598ca13c2f4b9a0f5	189592	1
106	default	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	2	01a20eca-b814-7001-bfa1-afc785e22557	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795544496.145726,"parts":[{"$":"ag2.TextInput","created_at":1795544496.1457176,"metadata":{},"content":"find 7"}]},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"expert"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b814-7001-bfa1-afc8f5de0788	1795544496145726	1795544498836185	\\x0c4c41c4459283650484e2820e5b760962ecfd34f1f342566201f3956c592a6e	189592	1
107	default	content-1db4c9de52fbb124a6916b76d91c05668c7228040b3c50bbb658850d88c3b4e7	1	00000000-0000-7979-b742-a6eaa389d8d2	content.recorded	1	{"kind":"prompt","content":["You find."]}	{}	\N	\N	\N	1795544498847590	\\x6d4b0f0b9e06a8623acb94ef69f5b3f0a7e836459c34adfea35779255488da48	189594	1
108	default	content-cab7fb2bbcd3d57d75cd21957cc324cfe884dcce73b53c5c61d203203755c63c	1	00000000-0000-7a54-bfa1-9dc142528f62	content.recorded	1	{"kind":"tools","content":[{"defer_loading":false,"function":{"description":"Find a parcel.","name":"find_parcel","parameters":{"properties":{"number":{"title":"Number","type":"integer"}},"required":["number"],"type":"object"}},"type":"function"}]}	{}	\N	\N	\N	1795544498852283	\\x37d41d516fae0f6a58036a358f77df3f63c840d921906111130c344f12ed8b2a	189596	1
109	default	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	3	01a20eca-b816-7525-b6f8-a9573e35009a	model.call_started	1	{"call":"01a20eca-b816-7525-b6f8-a95663de3bae","attempt":1,"model":"scripted","messages":[{"first":2,"last":2}],"request_hash":"3c8700d9dd7d198fff6b0d7abcd70e150d9efad92cfe3c1ba6f22a9135672409","prompt_hash":"1db4c9de52fbb124a6916b76d91c05668c7228040b3c50bbb658850d88c3b4e7","tools_hash":"cab7fb2bbcd3d57d75cd21957cc324cfe884dcce73b53c5c61d203203755c63c","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"expert"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b814-7001-bfa1-afc785e22557	1795544496150929	1795544498867114	\\x715d52932688c3acffccdc5d76242fed804ad1f76fb5b3368a6f1005ce7e3d29	189598	1
110	default	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	4	01a20eca-b817-74af-8aa4-a3945845b655	model.call_completed	1	{"call":"01a20eca-b816-7525-b6f8-a95663de3bae","response":{"$":"ag2.ModelResponse","created_at":1795544496.1515343,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1515265,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.1267345,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"}]}},"published":[],"usage":{},"latency_ms":0.093}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"expert"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b816-7525-b6f8-a9573e35009a	1795544496151644	1795544498867114	\\x123027327976a53a3679c2c83649d91666716702a237bd6ed89f5ba0f158f202	189598	1
111	default	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	5	01a20eca-b818-71cd-8546-26f0b592ef73	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.1515343,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1515265,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.1267345,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"}]}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"expert"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b817-74af-8aa4-a3945845b655	1795544496151534	1795544498867114	\\x5ae4cdbb0235fa5523e947990cb4f9fe1ad6f537f8fa42cf0c8fe00648e6168f	189598	1
112	default	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	6	01a20eca-b819-7781-990d-c2959e96af19	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1515265,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.1267345,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"}]},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"expert"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b818-71cd-8546-26f0b592ef73	1795544496151526	1795544498867114	\\x5679303f9cfd46c2fc5d143250fc3401adddb2f7e5764fb24a8d6a5bc89efe44	189598	1
113	default	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	7	01a20eca-b81b-712f-a5ff-8fde55abbba3	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795544496.1267345,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"expert"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b819-7781-990d-c2959e96af19	1795544496126734	1795544498867114	\\x0bcfe2c061b0039f9d99697df856ea893b96337d547c9a90cfb6a0522e9e479e	189598	1
114	default	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	8	01a20eca-b81c-7659-8db8-15ae302e912c	conversation.event_recorded	1	{"event":{"$":"unregistered","type":"shop.events.Noticed","kind":"event","fields":{"created_at":1795544496.15624,"what":"parcel 7"}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"expert"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b81b-712f-a5ff-8fde55abbba3	1795544496156240	1795544498867114	\\xbdc09ea598d0c21b83e4482cf142d469a49b56b68939f35492e2b355f590ddae	189598	1
115	default	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	9	01a20eca-b81d-7599-82cf-627d7e2d7dfd	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultEvent","created_at":1795544496.1570177,"parent_id":"call_1","name":"find_parcel","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.DataInput","created_at":1795544496.1570063,"metadata":{},"data":{"number":7,"weight_kg":1.25,"where":"Zürich 🚚","signed":null}}],"final":false,"metadata":{}}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"expert"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b81b-712f-a5ff-8fde55abbba3	1795544496157018	1795544498867114	\\x5e040aa3f7bb1ebbdf1e6cce2afbac7a18b970efb621467ed33910ea98ca08c9	189598	1
116	default	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	10	01a20eca-b81e-7207-bed9-b6905db17e73	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultsEvent","created_at":1795544496.158154,"results":[{"$":"ag2.ToolResultEvent","created_at":1795544496.1570177,"parent_id":"call_1","name":"find_parcel","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.DataInput","created_at":1795544496.1570063,"metadata":{},"data":{"number":7,"weight_kg":1.25,"where":"Zürich 🚚","signed":null}}],"final":false,"metadata":{}}}]},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"expert"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b81d-7599-82cf-627d7e2d7dfd	1795544496158154	1795544498867114	\\xd1cf2aa6b49e4626829ff5ad4a7efe1cb8f5c95b8e3afab866bf57debf60638b	189598	1
117	default	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	11	01a20eca-b81f-7329-a236-6c476e447985	model.call_started	1	{"call":"01a20eca-b81f-7329-a236-6c46eeafa815","attempt":1,"model":"scripted","messages":[{"first":2,"last":2},{"first":5,"last":10}],"request_hash":"8079519de841c51d34a6655f0c788e6f155ba9a1386975eccf9d32f552be5939","prompt_hash":"1db4c9de52fbb124a6916b76d91c05668c7228040b3c50bbb658850d88c3b4e7","tools_hash":"cab7fb2bbcd3d57d75cd21957cc324cfe884dcce73b53c5c61d203203755c63c","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"expert"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b81e-7207-bed9-b6905db17e73	1795544496159842	1795544498867114	\\x5c26880db80bd7c6636229a1e0b15481f02cd1043444eff13104f60b18b89bc0	189598	1
165	default	conversation-compacted	30	01a20eca-b851-76d5-b604-92470c21e04c	turn.stage_finished	1	{"turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","stage":"output_composition","ok":true,"detail":{"characters":8,"reply_version":22},"duration_ms":0.056}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","agent":"talker"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b84e-76f8-8336-60236f44fdfa	1795544496209668	1795544498907968	\\x19b608d6316ba964f5a99b50b949f10249d8f5cd82e926f533b0df8cb67a77da	189610	1
118	default	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	12	01a20eca-b820-7376-8cfc-4eb104a973dc	model.call_completed	1	{"call":"01a20eca-b81f-7329-a236-6c46eeafa815","response":{"$":"ag2.ModelResponse","created_at":1795544496.1267574,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1267605,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795544496.1267507,"metadata":{},"content":"It is there."}},"published":[],"usage":{"prompt_tokens":17.0,"completion_tokens":5.0},"finish_reason":"stop","latency_ms":0.086}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"expert"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b81f-7329-a236-6c476e447985	1795544496160547	1795544498867114	\\xc03bb461eb6290b19c39b16628cf0b852e8df0e85f10e805c4014329cd0f07e7	189598	1
119	default	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	13	01a20eca-b821-767b-a73a-083fdee5b8c7	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795544496.1611025,"label":null,"parts":[],"kind":"model_call","model":"scripted-1","provider":null,"finish_reason":"stop","usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"expert"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b820-7376-8cfc-4eb104a973dc	1795544496161103	1795544498867114	\\x10bf694c5f78a2c00bc3d56aa9868c89601e2fc9fa9654f285efc49167ce79ab	189598	1
120	default	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	14	01a20eca-b822-7628-b318-fcf0c8ceac9b	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.1267574,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1267605,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795544496.1267507,"metadata":{},"content":"It is there."}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"expert"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b820-7376-8cfc-4eb104a973dc	1795544496126757	1795544498867114	\\xb64496c426d77fcac760a483e4445828cfe4cbfa9b189b05e796d13a0fc01aab	189598	1
121	default	conversation-delegated	12	01a20eca-b823-7616-b49c-256898f53a72	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795544496.163067,"finish_reason":null,"kind":"subtask","label":"expert","provider":null,"model":"scripted-1","parts":[{"$":"ag2.UsageEvent","created_at":1795544496.1611025,"label":null,"parts":[],"kind":"model_call","model":"scripted-1","provider":null,"finish_reason":"stop","usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}}],"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b810-7461-9866-c50aa18f167f	1795544496163067	1795544498876317	\\xc29d86c1c79067ef714f6f7d78a5ddc477fa41ed295a5597b55bfa8ef9a0406f	189600	1
122	default	conversation-delegated	13	01a20eca-b824-7226-adf2-94481c6e5548	conversation.event_recorded	1	{"event":{"$":"ag2.TaskCompleted","created_at":1795544496.164005,"task_id":"9edf8d5f6f0a4f699ac7e84b6c9ae844","agent_name":"expert","objective":"find 7","result":"It is there.","task_stream":{"$":"uuid","text":"9091cce8-8214-4b33-9910-cacbdd5b8be3"},"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b810-7461-9866-c50aa18f167f	1795544496164005	1795544498876317	\\x98d62de0766c6985e0665a926dff9cf383e1ba2f080fd2947259eafa54fec7e7	189600	1
123	default	conversation-delegated	14	01a20eca-b825-738d-84c4-63cda60320ad	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultEvent","created_at":1795544496.1648693,"parent_id":"call_1","name":"task_expert","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795544496.1648586,"metadata":{},"content":"It is there."}],"final":false,"metadata":{}}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b80e-7213-9765-fdb67171cf87	1795544496164869	1795544498876317	\\x745c902f9a3f6f2c26e53740bf833d87f3e2eaf70fa2465f688a004ed4e3405b	189600	1
124	default	conversation-delegated	15	01a20eca-b826-77c8-80f7-97e0f7de3d95	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultsEvent","created_at":1795544496.165864,"results":[{"$":"ag2.ToolResultEvent","created_at":1795544496.1648693,"parent_id":"call_1","name":"task_expert","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795544496.1648586,"metadata":{},"content":"It is there."}],"final":false,"metadata":{}}}]},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b825-738d-84c4-63cda60320ad	1795544496165864	1795544498876317	\\x986dbcb5a41ddb983c88e1d054285d82c0d14b59d8c23b7a9465a7781874cb86	189600	1
125	default	conversation-delegated	16	01a20eca-b827-707b-bc42-16795eb87078	model.call_started	1	{"call":"01a20eca-b827-707b-bc42-1678df39cdb6","attempt":1,"model":"scripted","messages":[{"first":5,"last":5},{"first":8,"last":15}],"request_hash":"b3357bbfb0973a4ad0c595593ac4e1d06e86bd0aa4992c1c19ab936015292797","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"1640d5430d97d9d7a39159f685733c18f89996c4ffe7418edb080860c7df0a05","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b826-77c8-80f7-97e0f7de3d95	1795544496167388	1795544498876317	\\x818cd03ec1fcd097dcdc77180cc3e12b891e64e33c5995062b86c9ab5d859207	189600	1
126	default	conversation-delegated	17	01a20eca-b828-7598-a58f-91195f6b86d4	model.call_completed	1	{"call":"01a20eca-b827-707b-bc42-1678df39cdb6","response":{"$":"ag2.ModelResponse","created_at":1795544496.1682286,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1682324,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795544496.1680276,"metadata":{},"content":"Found."}},"published":[{"$":"ag2.ModelMessage","created_at":1795544496.1680276,"metadata":{},"content":"Found."}],"usage":{},"latency_ms":0.322}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b827-707b-bc42-16795eb87078	1795544496168334	1795544498876317	\\x773e4e6b0abb8b25cb463eac60df5004cb1a2fc5cd64df2a30cd5693d0154e08	189600	1
283	acme & söhne	content-c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0	1	00000000-0000-7d4e-a89f-4f3d564d2744	content.recorded	1	{"kind":"note","content":{"a":[1.5,null],"b":"ß"}}	{}	\N	\N	\N	1795544499758704	\\xbf80dfdc1cdf27ea18d540452e39f8dcd69e0b9e88064118e17161b485fa9bc1	189695	1
127	default	conversation-delegated	18	01a20eca-b829-7702-bad5-aea63cd4c87c	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.1682286,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1682324,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795544496.1680276,"metadata":{},"content":"Found."}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b828-7598-a58f-91195f6b86d4	1795544496168229	1795544498876317	\\x0676f9a48c98c8e2c56b0e5069143e151c333878985aa3bb07c95c731c0860a3	189600	1
128	default	conversation-delegated	19	01a20eca-b82b-776f-9a57-beaa400fdace	turn.stage_finished	1	{"turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":36.84}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b829-7702-bad5-aea63cd4c87c	1795544496171777	1795544498876317	\\xb999a4c06d3641f2d23e027be76e675a82d0abd255bfb9817ff99f0dd0356546	189600	1
129	default	conversation-delegated	20	01a20eca-b82b-776f-9a57-beab0d00dcc3	turn.stage_finished	1	{"turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":1.676}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b829-7702-bad5-aea63cd4c87c	1795544496171798	1795544498876317	\\x37a5e151138f2ef9ad05b42a2d38f392289fa2770085e9a44acb510e11ed217a	189600	1
130	default	conversation-delegated	21	01a20eca-b82b-776f-9a57-beac518561d3	turn.stage_finished	1	{"turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","stage":"output_composition","ok":true,"detail":{"characters":6,"reply_version":18},"duration_ms":0.057}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b829-7702-bad5-aea63cd4c87c	1795544496171806	1795544498876317	\\xffb3331f88bc59d5a23cf6ef5be100b445af432919d2c6b838be7ab9b6d91ffa	189600	1
131	default	conversation-delegated	22	01a20eca-b82b-776f-9a57-bead03df4df1	turn.stage_finished	1	{"turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","stage":"telemetry","ok":true,"detail":{"model_calls":2,"tool_results":1,"prompt_tokens":17,"completion_tokens":5,"version":18},"duration_ms":0.024}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b829-7702-bad5-aea63cd4c87c	1795544496171812	1795544498876317	\\xadc4c872e76934fb580df026fd7ae7dbbcf75416a6cdaf13843772f8ae6b95a2	189600	1
132	default	conversation-delegated	23	01a20eca-b82b-776f-9a57-beae4eb47591	turn.completed	1	{"turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","duration_ms":40.361}	{"session":"delegated","turn":"01a20eca-b803-73a7-84f7-98c73b2e6b1d","agent":"boss"}	01a20eca-b803-73a7-84f7-98c73b2e6b1d	01a20eca-b829-7702-bad5-aea63cd4c87c	1795544496171819	1795544498876317	\\x453995ac22f93ab4cbbe81331728a4a42d366e4d1a47c833052e42d7445ff706	189600	1
133	default	conversation-compacted	1	01a20eca-b832-77d7-b150-608fffaac8b1	conversation.started	1	{"source":"ag2","ag2_stream_id":"9cfdfedd-1253-56cf-a0e0-bac1459ca0e3","tags":{},"agent":"talker"}	{"session":"compacted","turn":"01a20eca-b832-77d7-b150-608d18ddff82"}	01a20eca-b832-77d7-b150-608d18ddff82	\N	1795544496178642	1795544498880146	\\xcb0b7803fcf47cca127e19ceab0c089903ac6bf26e73ef130c9def585280fec8	189601	1
134	default	conversation-compacted	2	01a20eca-b832-77d7-b150-608e0c34c276	turn.started	1	{"turn":"01a20eca-b832-77d7-b150-608d18ddff82","agent":"talker","owner":"recorder:32057:220df08c","fencing_token":1,"implicit":false}	{"session":"compacted","turn":"01a20eca-b832-77d7-b150-608d18ddff82","agent":"talker"}	01a20eca-b832-77d7-b150-608d18ddff82	01a20eca-b832-77d7-b150-608fffaac8b1	1795544496178502	1795544498880146	\\x7f2d22d7d57b8fda889a86b95de363703f208dc12b6df441ad29ed998e211d2f	189601	1
135	default	conversation-compacted	3	01a20eca-b833-7569-a58e-872706c81406	turn.stage_finished	1	{"turn":"01a20eca-b832-77d7-b150-608d18ddff82","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":1.175}	{"session":"compacted","turn":"01a20eca-b832-77d7-b150-608d18ddff82","agent":"talker"}	01a20eca-b832-77d7-b150-608d18ddff82	01a20eca-b832-77d7-b150-608e0c34c276	1795544496179567	1795544498880146	\\x36b5db4d28644c8bfee8cf13b67d1e850e0db0ff8b09eb99eb9d912b9c1e956f	189601	1
136	default	conversation-compacted	4	01a20eca-b833-7569-a58e-872830eb2bd4	turn.stage_finished	1	{"turn":"01a20eca-b832-77d7-b150-608d18ddff82","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.031}	{"session":"compacted","turn":"01a20eca-b832-77d7-b150-608d18ddff82","agent":"talker"}	01a20eca-b832-77d7-b150-608d18ddff82	01a20eca-b832-77d7-b150-608e0c34c276	1795544496179588	1795544498880146	\\x33fcc253c67cf5e2706a6221389adf6d798b19127060ab22d192fc2606a2e873	189601	1
137	default	conversation-compacted	5	01a20eca-b837-7308-a859-6b296c439294	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795544496.1801765,"parts":[{"$":"ag2.TextInput","created_at":1795544496.1794982,"metadata":{},"content":"question 0"}]},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eca-b832-77d7-b150-608d18ddff82","agent":"talker"}	01a20eca-b832-77d7-b150-608d18ddff82	01a20eca-b832-77d7-b150-608e0c34c276	1795544496180176	1795544498880146	\\x9ad189b2dce109f51642b9de2b44a6ee0a334d9ae75a2101d4be107d9ec6fad5	189601	1
138	default	content-718e023a879845caaee1b4340271203e744e5f393b7ed311f0e57138dd362de3	1	00000000-0000-7942-b567-9a2837d647ce	content.recorded	1	{"kind":"tools","content":[{"defer_loading":false,"function":{"description":"Manage your knowledge store.\\n\\n        Actions:\\n            read   - Read file at path.\\n            write  - Write content to path.\\n            list   - List entries at path.\\n            delete - Delete file at path.\\n        ","name":"knowledge","parameters":{"properties":{"action":{"title":"Action","type":"string"},"content":{"default":"","title":"Content","type":"string"},"path":{"default":"/","title":"Path","type":"string"}},"required":["action"],"type":"object"}},"type":"function"}]}	{}	\N	\N	\N	1795544498883492	\\xc830707d14ee769d5ff79b629e8fee833b4d6bb5da857c569aa8ef60ed68d765	189603	1
139	default	conversation-compacted	6	01a20eca-b838-7410-a1f1-5764414a1169	model.call_started	1	{"call":"01a20eca-b838-7410-a1f1-5763c4d5b027","attempt":1,"model":"scripted","messages":[{"first":5,"last":5}],"request_hash":"0df8b9d32e4b10f7f52d3f0dc8d2218b4802953cd3b755165f890baa03dcddb6","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"718e023a879845caaee1b4340271203e744e5f393b7ed311f0e57138dd362de3","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"compacted","turn":"01a20eca-b832-77d7-b150-608d18ddff82","agent":"talker"}	01a20eca-b832-77d7-b150-608d18ddff82	01a20eca-b837-7308-a859-6b296c439294	1795544496184856	1795544498895013	\\x322d3a82ff16dddd575b6985ed5692dca4f18b78d374cd4a2538218d1ae91599	189605	1
166	default	conversation-compacted	31	01a20eca-b851-76d5-b604-9248a38110d8	turn.stage_finished	1	{"turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","stage":"telemetry","ok":true,"detail":{"model_calls":1,"tool_results":0,"prompt_tokens":34,"completion_tokens":10,"version":27},"duration_ms":0.026}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","agent":"talker"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b84e-76f8-8336-60236f44fdfa	1795544496209674	1795544498907968	\\xb538f733e070d7d0418ac244d7fcc7a71f672b0902fac27738ce12cc357d2603	189610	1
167	default	conversation-compacted	32	01a20eca-b851-76d5-b604-9249f8cc68dd	turn.completed	1	{"turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","duration_ms":16.668}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","agent":"talker"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b84e-76f8-8336-60236f44fdfa	1795544496209681	1795544498907968	\\xe1a435191232519ffa7a622a4d845f82caa5bf1f50138e03899cd91ac2b29689	189610	1
140	default	conversation-compacted	7	01a20eca-b839-72c0-820b-8ac9890dc19b	model.call_completed	1	{"call":"01a20eca-b838-7410-a1f1-5763c4d5b027","response":{"$":"ag2.ModelResponse","created_at":1795544496.17406,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1740627,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795544496.17405,"metadata":{},"content":"answer 0"}},"published":[],"usage":{"prompt_tokens":17.0,"completion_tokens":5.0},"finish_reason":"stop","latency_ms":0.078}	{"session":"compacted","turn":"01a20eca-b832-77d7-b150-608d18ddff82","agent":"talker"}	01a20eca-b832-77d7-b150-608d18ddff82	01a20eca-b838-7410-a1f1-5764414a1169	1795544496185518	1795544498895013	\\x8db0d44de0aae8e824360aceac09e83af0e1833e48d3992210b807ad0f799e43	189605	1
141	default	conversation-compacted	8	01a20eca-b83a-702d-8fa5-c105894488d5	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795544496.1860504,"label":null,"parts":[],"kind":"model_call","model":"scripted-1","provider":null,"finish_reason":"stop","usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eca-b832-77d7-b150-608d18ddff82","agent":"talker"}	01a20eca-b832-77d7-b150-608d18ddff82	01a20eca-b839-72c0-820b-8ac9890dc19b	1795544496186050	1795544498895013	\\xc52afd32cb0dcd499d470a2130aa59f0f0cef6ac80f6e15fa3a6e019bc147f68	189605	1
142	default	conversation-compacted	9	01a20eca-b83b-734a-a2d3-428752f2dcfb	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.17406,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1740627,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795544496.17405,"metadata":{},"content":"answer 0"}},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eca-b832-77d7-b150-608d18ddff82","agent":"talker"}	01a20eca-b832-77d7-b150-608d18ddff82	01a20eca-b839-72c0-820b-8ac9890dc19b	1795544496174060	1795544498895013	\\xe9ff22b91aeac167b0d19e27575d415a7320f3dc847af2148a2649f8d1b333c6	189605	1
143	default	conversation-compacted	10	01a20eca-b83d-701c-8f35-6f7d087f717f	turn.stage_finished	1	{"turn":"01a20eca-b832-77d7-b150-608d18ddff82","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":7.88}	{"session":"compacted","turn":"01a20eca-b832-77d7-b150-608d18ddff82","agent":"talker"}	01a20eca-b832-77d7-b150-608d18ddff82	01a20eca-b83b-734a-a2d3-428752f2dcfb	1795544496189749	1795544498895013	\\x70b31064743843cd2e4a6eda8032e2dc9cb489bce2514e7fa7c459fdd854a3b1	189605	1
144	default	conversation-compacted	11	01a20eca-b83d-701c-8f35-6f7e78a364d2	turn.stage_finished	1	{"turn":"01a20eca-b832-77d7-b150-608d18ddff82","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":1.539}	{"session":"compacted","turn":"01a20eca-b832-77d7-b150-608d18ddff82","agent":"talker"}	01a20eca-b832-77d7-b150-608d18ddff82	01a20eca-b83b-734a-a2d3-428752f2dcfb	1795544496189768	1795544498895013	\\xb809715a26eb9e451be6a4f59db7a878403cb330ba1e67390acfdd60ae36863d	189605	1
145	default	conversation-compacted	12	01a20eca-b83d-701c-8f35-6f7fa5edb52d	turn.stage_finished	1	{"turn":"01a20eca-b832-77d7-b150-608d18ddff82","stage":"output_composition","ok":true,"detail":{"characters":8,"reply_version":9},"duration_ms":0.057}	{"session":"compacted","turn":"01a20eca-b832-77d7-b150-608d18ddff82","agent":"talker"}	01a20eca-b832-77d7-b150-608d18ddff82	01a20eca-b83b-734a-a2d3-428752f2dcfb	1795544496189775	1795544498895013	\\x9f119b2d1abe6c0037989a8d3d7a8817e97d939c814ff82039c2548f400b52e1	189605	1
146	default	conversation-compacted	13	01a20eca-b83d-701c-8f35-6f80f719d6cb	turn.stage_finished	1	{"turn":"01a20eca-b832-77d7-b150-608d18ddff82","stage":"telemetry","ok":true,"detail":{"model_calls":1,"tool_results":0,"prompt_tokens":17,"completion_tokens":5,"version":9},"duration_ms":0.026}	{"session":"compacted","turn":"01a20eca-b832-77d7-b150-608d18ddff82","agent":"talker"}	01a20eca-b832-77d7-b150-608d18ddff82	01a20eca-b83b-734a-a2d3-428752f2dcfb	1795544496189781	1795544498895013	\\x744c56f1ce8c4a881db3a2305978efc89ebe2c6fa179d269558053da8798d56f	189605	1
147	default	conversation-compacted	14	01a20eca-b83d-701c-8f35-6f816f870bd6	turn.completed	1	{"turn":"01a20eca-b832-77d7-b150-608d18ddff82","duration_ms":11.448}	{"session":"compacted","turn":"01a20eca-b832-77d7-b150-608d18ddff82","agent":"talker"}	01a20eca-b832-77d7-b150-608d18ddff82	01a20eca-b83b-734a-a2d3-428752f2dcfb	1795544496189787	1795544498895013	\\xad50b66c586750e38eb01b61c2e31a3c45d70f9fe8a307728518fa2505d69f18	189605	1
148	default	conversation-compacted	15	01a20eca-b841-70c4-a36d-2f9179c817b4	turn.started	1	{"turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","agent":"talker","owner":"recorder:32057:220df08c","fencing_token":2,"implicit":false}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","agent":"talker"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b83d-701c-8f35-6f816f870bd6	1795544496193313	1795544498895013	\\xbb0f21f3bc1746491342c4fce0c9933ec17ad375594c88456995ddb36846ca55	189605	1
149	default	conversation-compacted	16	01a20eca-b841-70c4-a36d-2f921af2102d	turn.stage_finished	1	{"turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","stage":"bootstrap","ok":true,"detail":{"version":15,"history":3},"duration_ms":0.924}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","agent":"talker"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b841-70c4-a36d-2f9179c817b4	1795544496193974	1795544498895013	\\xe84355ce0b7e973aba8a39ca4304d9ec059aec9f27ab3cdd0f4e14f33ec77f80	189605	1
150	default	conversation-compacted	17	01a20eca-b841-70c4-a36d-2f93e10d35bb	turn.stage_finished	1	{"turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.025}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","agent":"talker"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b841-70c4-a36d-2f9179c817b4	1795544496193991	1795544498895013	\\x50d7564bfd0e59d3ea2805dd1b9b88a36d867a2ce28b90373b58659c0a28858a	189605	1
151	default	conversation-compacted	18	01a20eca-b845-76be-910d-019e2097ee5a	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795544496.1945732,"parts":[{"$":"ag2.TextInput","created_at":1795544496.1939118,"metadata":{},"content":"question 1"}]},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","agent":"talker"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b841-70c4-a36d-2f9179c817b4	1795544496194573	1795544498895013	\\xb060a6e12a3946129d9c39e7e34791e884c42f6cddbb0881a4dae0f5cedaee63	189605	1
152	default	conversation-compacted	19	01a20eca-b846-73da-8e6c-72f0d22fe8b2	model.call_started	1	{"call":"01a20eca-b846-73da-8e6c-72ef2faba611","attempt":1,"model":"scripted","messages":[{"first":5,"last":5},{"first":8,"last":9},{"first":18,"last":18}],"request_hash":"bc3bd29d7b45e8e04f8ec7dc241310db31a51764a851f6752c9f701056d31500","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"718e023a879845caaee1b4340271203e744e5f393b7ed311f0e57138dd362de3","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","agent":"talker"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b845-76be-910d-019e2097ee5a	1795544496198837	1795544498895013	\\x7d63f87005cf25b5c5030cf3afca96340a7ededa9a6612a68f3bf6231a8661c6	189605	1
168	default	conversation-compacted	33	01a20eca-b855-7581-9647-e745507f98bf	conversation.history_dropped	1	{}	{"session":"compacted"}	compacted	01a20eca-b851-76d5-b604-9249f8cc68dd	1795544496213199	1795544498907968	\\x00037f52adcd103fe1d29cc5c2b6b22b53b5d1ac8af12843d884dda74e4beb3b	189610	1
153	default	conversation-compacted	20	01a20eca-b847-742f-8524-652cf595add3	model.call_completed	1	{"call":"01a20eca-b846-73da-8e6c-72ef2faba611","response":{"$":"ag2.ModelResponse","created_at":1795544496.1740792,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.174081,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795544496.1740751,"metadata":{},"content":"answer 1"}},"published":[],"usage":{"prompt_tokens":17.0,"completion_tokens":5.0},"finish_reason":"stop","latency_ms":0.076}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","agent":"talker"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b846-73da-8e6c-72f0d22fe8b2	1795544496199551	1795544498895013	\\x477c7c41d6bd25db57e4449789acf125e5ce6c6d8c88dc13624a3aa5da940cfe	189605	1
154	default	conversation-compacted	21	01a20eca-b848-7050-9066-66e5844708ac	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795544496.200127,"label":null,"parts":[],"kind":"model_call","model":"scripted-1","provider":null,"finish_reason":"stop","usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","agent":"talker"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b847-742f-8524-652cf595add3	1795544496200127	1795544498895013	\\xc49edbc20e8dc71ee2d2de1410490317bae6b1e2b5dfe9d12eacb1be95440454	189605	1
155	default	conversation-compacted	22	01a20eca-b849-74c6-8ebb-f4eb3f3e1871	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.1740792,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.174081,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795544496.1740751,"metadata":{},"content":"answer 1"}},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","agent":"talker"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b847-742f-8524-652cf595add3	1795544496174079	1795544498895013	\\x36e4a12739e415016cc2229ea2843e0b3123eece82014f59e103bc21a64a7b05	189605	1
156	default	content-dd06b117eb722da1826df5eaa8389a6f5baacec513a878289bdae824f5a05e09	1	00000000-0000-79ee-aab7-b48c20a8c611	content.recorded	1	{"kind":"message","content":{"$":"ag2.ModelRequest","created_at":1795544496.202646,"parts":[{"$":"ag2.TextInput","content":"Summarize the following conversation history concisely, preserving key decisions, findings, and context:\\n\\nUser: question 0\\nAssistant: answer 0","created_at":1795544496.2026384,"metadata":{}}]}}	{}	\N	\N	\N	1795544498900451	\\x8773a9b1de22094a1d8004096a6297cbf8c08dbfb699fe6a1b3a4d89cddf694b	189607	1
157	default	content-e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b	1	00000000-0000-7119-ad1b-222226c7b831	content.recorded	1	{"kind":"tools","content":[]}	{}	\N	\N	\N	1795544498902223	\\x2e5393bb267ccb6a44a43c1b99b4ead480d794efe04bed9bc6bea7af6e5e7986	189608	1
158	default	conversation-compacted	23	01a20eca-b84c-7709-9588-1f9cd2c96161	model.call_started	1	{"call":"01a20eca-b84b-7482-9df2-19cb55c3fb31","attempt":1,"model":"scripted","messages":[{"content":"dd06b117eb722da1826df5eaa8389a6f5baacec513a878289bdae824f5a05e09"}],"request_hash":"b789410af20aad895d3c5d0fce3e61361e2fd063da554919726f96bfbb2d75a7","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b845-76be-910d-019e2097ee5a	1795544496204517	1795544498907968	\\xf65e118231918af9cfbb7f943a2740a365a94f227327ed90a483be5481f0177c	189610	1
159	default	conversation-compacted	24	01a20eca-b84d-76e7-8320-e66a96d4825c	model.call_completed	1	{"call":"01a20eca-b84b-7482-9df2-19cb55c3fb31","response":{"$":"ag2.ModelResponse","created_at":1795544496.1740963,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.1740983,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795544496.1740928,"metadata":{},"content":"a summary"}},"published":[],"usage":{"prompt_tokens":17.0,"completion_tokens":5.0},"finish_reason":"stop","latency_ms":0.065}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b84c-7709-9588-1f9cd2c96161	1795544496205128	1795544498907968	\\xecfafe3a938696284c38f97b1d038a6999fdf0a418b80407eefe5db0c80dedea	189610	1
160	default	conversation-compacted	25	01a20eca-b84d-76e7-8320-e66b348b9ad3	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795544496.2056794,"finish_reason":null,"label":null,"parts":[],"kind":"compaction","model":"scripted-1","provider":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","agent":"talker"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b84d-76e7-8320-e66a96d4825c	1795544496205679	1795544498907968	\\x0b0dee71639a370e501590eb8c17aafe3799c4c3ea17234089138124fc8f48e4	189610	1
161	default	conversation-compacted	26	01a20eca-b84e-76f8-8336-60221ee0165f	conversation.event_recorded	1	{"event":{"$":"ag2.CompactionSummary","created_at":1795544496.2065406,"summary":"a summary","event_count":3},"detached":true,"inbox":[]}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b84d-76e7-8320-e66b348b9ad3	1795544496206541	1795544498907968	\\x4ab96175098eb2ae29515ddfe59e8dda63ad5c57039cc4db8d860f6e28bac7c7	189610	1
162	default	conversation-compacted	27	01a20eca-b84e-76f8-8336-60236f44fdfa	conversation.history_replaced	1	{"spans":[{"first":8,"last":8},{"first":21,"last":21},{"first":26,"last":26},{"first":18,"last":18},{"first":22,"last":22},{"first":25,"last":25}]}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1"}	01a20eca-b840-7084-a9cb-b57f218d29b1	\N	1795544496206758	1795544498907968	\\xfd952812425e6cdbebb6da4d82a005d7150a3e074641b01c3500902b3ed869bc	189610	1
163	default	conversation-compacted	28	01a20eca-b851-76d5-b604-9245674152eb	turn.stage_finished	1	{"turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":13.392}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","agent":"talker"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b84e-76f8-8336-60236f44fdfa	1795544496209641	1795544498907968	\\x007209f713e71288641e650546bdc49d9e56eb4feada80c8a09c4cd1f44de2b9	189610	1
164	default	conversation-compacted	29	01a20eca-b851-76d5-b604-9246ad525a9c	turn.stage_finished	1	{"turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":1.525}	{"session":"compacted","turn":"01a20eca-b840-7084-a9cb-b57f218d29b1","agent":"talker"}	01a20eca-b840-7084-a9cb-b57f218d29b1	01a20eca-b84e-76f8-8336-60236f44fdfa	1795544496209661	1795544498907968	\\xe42ff33080282131c0a0b7429a7f58e97e430bc803f58dd7430d6d2286df098a	189610	1
169	default	conversation-compacted	34	01a20eca-b858-754c-a0af-55f117f9e680	turn.started	1	{"turn":"01a20eca-b858-754c-a0af-55f02679f542","agent":"talker","owner":"recorder:32057:220df08c","fencing_token":4,"implicit":false}	{"session":"compacted","turn":"01a20eca-b858-754c-a0af-55f02679f542","agent":"talker"}	01a20eca-b858-754c-a0af-55f02679f542	01a20eca-b855-7581-9647-e745507f98bf	1795544496216363	1795544498907968	\\x83943688fdc29e6bbc76d71bbea8712435cc4a27819af4ceeaccd2f543866fbf	189610	1
170	default	conversation-compacted	35	01a20eca-b859-77c4-b768-f3096f136d66	turn.stage_finished	1	{"turn":"01a20eca-b858-754c-a0af-55f02679f542","stage":"bootstrap","ok":true,"detail":{"version":34,"history":0},"duration_ms":0.794}	{"session":"compacted","turn":"01a20eca-b858-754c-a0af-55f02679f542","agent":"talker"}	01a20eca-b858-754c-a0af-55f02679f542	01a20eca-b858-754c-a0af-55f117f9e680	1795544496217042	1795544498907968	\\xe55a5958267ea2c70abb9fecf1960b94ee761b96e7006a1ff0b81ddd1a08732d	189610	1
171	default	conversation-compacted	36	01a20eca-b859-77c4-b768-f30a48ec0a3c	turn.stage_finished	1	{"turn":"01a20eca-b858-754c-a0af-55f02679f542","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.028}	{"session":"compacted","turn":"01a20eca-b858-754c-a0af-55f02679f542","agent":"talker"}	01a20eca-b858-754c-a0af-55f02679f542	01a20eca-b858-754c-a0af-55f117f9e680	1795544496217061	1795544498907968	\\xde4418096c1928dd749736dffd690d9c46f9240f43e3ec0047712749eb9a07b0	189610	1
172	default	conversation-compacted	37	01a20eca-b85c-7180-abdb-e084e168e518	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795544496.2176437,"parts":[{"$":"ag2.TextInput","created_at":1795544496.2169743,"metadata":{},"content":"Anybody there?"}]},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eca-b858-754c-a0af-55f02679f542","agent":"talker"}	01a20eca-b858-754c-a0af-55f02679f542	01a20eca-b858-754c-a0af-55f117f9e680	1795544496217644	1795544498907968	\\x0e95f889d6eec12c957aeb65f59eec177c53ff05bc5fd414b7789394ee441c92	189610	1
173	default	conversation-compacted	38	01a20eca-b85d-7715-b870-9add16502e7a	model.call_started	1	{"call":"01a20eca-b85d-7715-b870-9adcc356521e","attempt":1,"model":"scripted","messages":[{"first":37,"last":37}],"request_hash":"e26064801832a3007717ba061b9e0ca709ecc82d64f1121a131e7d6f3679bb33","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"compacted","turn":"01a20eca-b858-754c-a0af-55f02679f542","agent":"talker"}	01a20eca-b858-754c-a0af-55f02679f542	01a20eca-b85c-7180-abdb-e084e168e518	1795544496221330	1795544498907968	\\xcecb183905943b64909d64eca668a38e2e7211b7955ba5e8e6fb386ce2867d20	189610	1
174	default	conversation-compacted	39	01a20eca-b85e-75d6-8f41-f74ceabaaf7b	model.call_completed	1	{"call":"01a20eca-b85d-7715-b870-9adcc356521e","response":{"$":"ag2.ModelResponse","created_at":1795544496.2221122,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.2221158,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795544496.2218997,"metadata":{},"content":"After the drop."}},"published":[{"$":"ag2.ModelMessage","created_at":1795544496.2218997,"metadata":{},"content":"After the drop."}],"usage":{},"latency_ms":0.305}	{"session":"compacted","turn":"01a20eca-b858-754c-a0af-55f02679f542","agent":"talker"}	01a20eca-b858-754c-a0af-55f02679f542	01a20eca-b85d-7715-b870-9add16502e7a	1795544496222226	1795544498907968	\\x4ee0c374177af01644b323cb3526128f1a9103a7076fd1d08e76f94c0340b286	189610	1
175	default	conversation-compacted	40	01a20eca-b85f-73fa-b9a0-f1f62ac1a9d9	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.2221122,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.2221158,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795544496.2218997,"metadata":{},"content":"After the drop."}},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eca-b858-754c-a0af-55f02679f542","agent":"talker"}	01a20eca-b858-754c-a0af-55f02679f542	01a20eca-b85e-75d6-8f41-f74ceabaaf7b	1795544496222112	1795544498907968	\\xc94a2ca2db8ba9048e7ce2bc4275bd54d45c6a254ec40339f467eb7c3f6ff088	189610	1
176	default	conversation-compacted	41	01a20eca-b861-7759-9429-ab7103d0889a	turn.stage_finished	1	{"turn":"01a20eca-b858-754c-a0af-55f02679f542","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":6.296}	{"session":"compacted","turn":"01a20eca-b858-754c-a0af-55f02679f542","agent":"talker"}	01a20eca-b858-754c-a0af-55f02679f542	01a20eca-b85f-73fa-b9a0-f1f62ac1a9d9	1795544496225480	1795544498907968	\\xda8f92ff76ac1957bd683c91de88bf8562473371dab80b3c916f3a68d71d5c73	189610	1
177	default	conversation-compacted	42	01a20eca-b861-7759-9429-ab72cf73725f	turn.stage_finished	1	{"turn":"01a20eca-b858-754c-a0af-55f02679f542","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":1.404}	{"session":"compacted","turn":"01a20eca-b858-754c-a0af-55f02679f542","agent":"talker"}	01a20eca-b858-754c-a0af-55f02679f542	01a20eca-b85f-73fa-b9a0-f1f62ac1a9d9	1795544496225501	1795544498907968	\\x2ea8d2964ad01a127c31b6b9c7f4b3ae1de6b8340c85fece31f0e76f2031c8d9	189610	1
178	default	conversation-compacted	43	01a20eca-b861-7759-9429-ab73e4959ed5	turn.stage_finished	1	{"turn":"01a20eca-b858-754c-a0af-55f02679f542","stage":"output_composition","ok":true,"detail":{"characters":15,"reply_version":40},"duration_ms":0.056}	{"session":"compacted","turn":"01a20eca-b858-754c-a0af-55f02679f542","agent":"talker"}	01a20eca-b858-754c-a0af-55f02679f542	01a20eca-b85f-73fa-b9a0-f1f62ac1a9d9	1795544496225508	1795544498907968	\\x7cf302c5f48736b69fd5f3d203ca4fe63a3b387a13749fa86cc8b51046512cee	189610	1
179	default	conversation-compacted	44	01a20eca-b861-7759-9429-ab74af91f743	turn.stage_finished	1	{"turn":"01a20eca-b858-754c-a0af-55f02679f542","stage":"telemetry","ok":true,"detail":{"model_calls":1,"tool_results":0,"prompt_tokens":null,"completion_tokens":null,"version":40},"duration_ms":0.018}	{"session":"compacted","turn":"01a20eca-b858-754c-a0af-55f02679f542","agent":"talker"}	01a20eca-b858-754c-a0af-55f02679f542	01a20eca-b85f-73fa-b9a0-f1f62ac1a9d9	1795544496225514	1795544498907968	\\xfb4f8beb3914c4ca37816e200d787393f4488f8af9f50b12445bd700bb09d936	189610	1
180	default	conversation-compacted	45	01a20eca-b861-7759-9429-ab75ad9fc163	turn.completed	1	{"turn":"01a20eca-b858-754c-a0af-55f02679f542","duration_ms":9.322}	{"session":"compacted","turn":"01a20eca-b858-754c-a0af-55f02679f542","agent":"talker"}	01a20eca-b858-754c-a0af-55f02679f542	01a20eca-b85f-73fa-b9a0-f1f62ac1a9d9	1795544496225520	1795544498907968	\\xeff852cb4888f7ae427f179b69071567dc9a34777e17da9e51a18c598a6af8b7	189610	1
181	default	conversation-cancelled	1	01a20eca-b866-72cc-823f-f3ea7fd0cf70	conversation.started	1	{"source":"ag2","ag2_stream_id":"3476594a-12be-56de-8318-5078af6c1c6a","tags":{},"agent":"waiter"}	{"session":"cancelled","turn":"01a20eca-b866-72cc-823f-f3e889c5b229"}	01a20eca-b866-72cc-823f-f3e889c5b229	\N	1795544496230488	1795544498916639	\\xe332b52816fb8a0aab7c6d26e9bee7aca81ff3714e31fc1c1d0fd9b8cfcf3371	189612	1
182	default	conversation-cancelled	2	01a20eca-b866-72cc-823f-f3e90b156afa	turn.started	1	{"turn":"01a20eca-b866-72cc-823f-f3e889c5b229","agent":"waiter","owner":"recorder:32057:220df08c","fencing_token":1,"implicit":false}	{"session":"cancelled","turn":"01a20eca-b866-72cc-823f-f3e889c5b229","agent":"waiter"}	01a20eca-b866-72cc-823f-f3e889c5b229	01a20eca-b866-72cc-823f-f3ea7fd0cf70	1795544496230371	1795544498916639	\\x48185f5d8fc00f8eb64440544a411b5ed2cb6a4d26ba710874efcf374a911082	189612	1
183	default	conversation-cancelled	3	01a20eca-b867-7382-bf2e-1bc086123e42	turn.stage_finished	1	{"turn":"01a20eca-b866-72cc-823f-f3e889c5b229","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":1.062}	{"session":"cancelled","turn":"01a20eca-b866-72cc-823f-f3e889c5b229","agent":"waiter"}	01a20eca-b866-72cc-823f-f3e889c5b229	01a20eca-b866-72cc-823f-f3e90b156afa	1795544496231324	1795544498916639	\\xdf7b22aab41ac71d29408fa8ada3660e610869182a191ac756ddf37a74319c0b	189612	1
184	default	conversation-cancelled	4	01a20eca-b867-7382-bf2e-1bc16d16516f	turn.stage_finished	1	{"turn":"01a20eca-b866-72cc-823f-f3e889c5b229","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.025}	{"session":"cancelled","turn":"01a20eca-b866-72cc-823f-f3e889c5b229","agent":"waiter"}	01a20eca-b866-72cc-823f-f3e889c5b229	01a20eca-b866-72cc-823f-f3e90b156afa	1795544496231341	1795544498916639	\\xa16b49ceb0d97dd5adb74b8f14baac29ebd145fe7abbe6f07ac45c5c5bf5f78a	189612	1
185	default	conversation-cancelled	5	01a20eca-b86a-759b-8b47-a4d0d111552b	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795544496.2319334,"parts":[{"$":"ag2.TextInput","created_at":1795544496.2312598,"metadata":{},"content":"Wait."}]},"detached":false,"inbox":[]}	{"session":"cancelled","turn":"01a20eca-b866-72cc-823f-f3e889c5b229","agent":"waiter"}	01a20eca-b866-72cc-823f-f3e889c5b229	01a20eca-b866-72cc-823f-f3e90b156afa	1795544496231933	1795544498916639	\\xbd5a5a4e8020c877f8a49c685201d486f865d6d9685d297ee154a90fc8d35ecb	189612	1
186	default	content-93cc97a0cfc2d8a1fb23ebbc7d79e51fab7bd7f00655021eace451dffa6676cf	1	00000000-0000-7735-8166-0efa8a1d5525	content.recorded	1	{"kind":"tools","content":[{"defer_loading":false,"function":{"description":"Wait for ever.","name":"wait","parameters":{"properties":{},"type":"object"}},"type":"function"}]}	{}	\N	\N	\N	1795544498931636	\\x67fef21beb6dcf35823bdd26f813953399e737d6b007d73ed02b57aaee208187	189614	1
187	default	conversation-cancelled	6	01a20eca-b86c-7680-af7e-dc3aea814c77	model.call_started	1	{"call":"01a20eca-b86b-7446-9aac-fc91b1a9e3be","attempt":1,"model":"scripted","messages":[{"first":5,"last":5}],"request_hash":"9ea1627de73eb0342c9ccb68b005d575f2434d25f7df8a24e049d22971890754","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"93cc97a0cfc2d8a1fb23ebbc7d79e51fab7bd7f00655021eace451dffa6676cf","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"cancelled","turn":"01a20eca-b866-72cc-823f-f3e889c5b229","agent":"waiter"}	01a20eca-b866-72cc-823f-f3e889c5b229	01a20eca-b86a-759b-8b47-a4d0d111552b	1795544496236458	1795544498933591	\\x26d22c4f9723f703cf1c745f3eff41c5efc7c21f0557c3ea8368a8170ca27b10	189616	1
188	default	conversation-cancelled	7	01a20eca-b86d-757f-8223-6eec033a3c52	model.call_completed	1	{"call":"01a20eca-b86b-7446-9aac-fc91b1a9e3be","response":{"$":"ag2.ModelResponse","created_at":1795544496.2370117,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.2370036,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.2275057,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"wait"}]}},"published":[],"usage":{},"latency_ms":0.097}	{"session":"cancelled","turn":"01a20eca-b866-72cc-823f-f3e889c5b229","agent":"waiter"}	01a20eca-b866-72cc-823f-f3e889c5b229	01a20eca-b86c-7680-af7e-dc3aea814c77	1795544496237119	1795544498933591	\\xa8f1c2abbfc41e266f1583308dbbc00ee0e08bc894dfe241349abf69f41c61ca	189616	1
189	default	conversation-cancelled	8	01a20eca-b86d-757f-8223-6eed1a37d7c9	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.2370117,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.2370036,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.2275057,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"wait"}]}},"detached":false,"inbox":[]}	{"session":"cancelled","turn":"01a20eca-b866-72cc-823f-f3e889c5b229","agent":"waiter"}	01a20eca-b866-72cc-823f-f3e889c5b229	01a20eca-b86d-757f-8223-6eec033a3c52	1795544496237012	1795544498933591	\\x8bb27f79bfaf29da815b7a3637e9871547b97efaeb2b83d38912c187e10b0782	189616	1
190	default	conversation-cancelled	9	01a20eca-b86f-72a9-ad24-4449c2f514b4	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795544496.2370036,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544496.2275057,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"wait"}]},"detached":false,"inbox":[]}	{"session":"cancelled","turn":"01a20eca-b866-72cc-823f-f3e889c5b229","agent":"waiter"}	01a20eca-b866-72cc-823f-f3e889c5b229	01a20eca-b86d-757f-8223-6eed1a37d7c9	1795544496237004	1795544498933591	\\x8ff3f740477da1913fd14eb5434579f1a18cffd8eee50e03aa2a52a6bd68ceb2	189616	1
191	default	conversation-cancelled	10	01a20eca-b875-77a1-957d-553a85eb3c61	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795544496.2275057,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"wait"},"detached":false,"inbox":[]}	{"session":"cancelled","turn":"01a20eca-b866-72cc-823f-f3e889c5b229","agent":"waiter"}	01a20eca-b866-72cc-823f-f3e889c5b229	01a20eca-b86f-72a9-ad24-4449c2f514b4	1795544496227506	1795544498933591	\\x26e1b7f54b235890f6827e397b52705f9026a52641a7c547415c3a7e8e74388a	189616	1
192	default	conversation-cancelled	11	01a20eca-b876-7317-aa23-d4ffb3fe3bf4	turn.stage_finished	1	{"turn":"01a20eca-b866-72cc-823f-f3e889c5b229","stage":"execution","ok":false,"detail":{"model_calls_recorded":true},"error":{"type":"CancelledError","message":""},"duration_ms":14.449}	{"session":"cancelled","turn":"01a20eca-b866-72cc-823f-f3e889c5b229","agent":"waiter"}	01a20eca-b866-72cc-823f-f3e889c5b229	01a20eca-b875-77a1-957d-553a85eb3c61	1795544496246478	1795544498933591	\\x076eda210510d9e06d17855ad2a9dcd8e1db02386056b3890067487e936a3a25	189616	1
193	default	conversation-cancelled	12	01a20eca-b876-7317-aa23-d500828b5ab6	turn.cancelled	1	{"turn":"01a20eca-b866-72cc-823f-f3e889c5b229","stage":"execution","duration_ms":16.266}	{"session":"cancelled","turn":"01a20eca-b866-72cc-823f-f3e889c5b229","agent":"waiter"}	01a20eca-b866-72cc-823f-f3e889c5b229	01a20eca-b875-77a1-957d-553a85eb3c61	1795544496246500	1795544498933591	\\xcfb9a2cd0e2f59dd04aa159fb79548082e78b7cfe0ca57d6973254cec829cb74	189616	1
194	default	conversation-cancelled	13	01a20eca-b87d-7371-a6f0-ee075bb92fc8	turn.started	1	{"turn":"01a20eca-b87b-70de-b7ee-1f58e5c8b02e","agent":"waiter","owner":"recorder:32057:220df08c","fencing_token":2,"implicit":false}	{"session":"cancelled","turn":"01a20eca-b87b-70de-b7ee-1f58e5c8b02e","agent":"waiter"}	01a20eca-b87b-70de-b7ee-1f58e5c8b02e	01a20eca-b876-7317-aa23-d500828b5ab6	1795544496253058	1795544498933591	\\xecf6fb2be1e850e6674ebe43183424d3f323082e37f1c0bac3e31d72c7ba7512	189616	1
195	default	conversation-cancelled	14	01a20eca-b87e-72fd-8405-ae4f7d5112e0	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultsEvent","created_at":1795544496.2540364,"results":[{"$":"ag2.ToolResultEvent","created_at":1795544496.2540288,"parent_id":"call_1","name":"wait","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795544496.254017,"metadata":{},"content":"This tool call has no result: the turn ended before the tool answered. It is unknown whether the tool took effect."}],"final":false,"metadata":{}}}]},"detached":true,"inbox":[]}	{"session":"cancelled","turn":"01a20eca-b87b-70de-b7ee-1f58e5c8b02e"}	01a20eca-b87b-70de-b7ee-1f58e5c8b02e	01a20eca-b87d-7371-a6f0-ee075bb92fc8	1795544496254036	1795544498933591	\\xb86c0d9c05dae917b855acd77cf464b62bfc2d195c83250df5a8a29e7b115802	189616	1
196	default	conversation-cancelled	15	01a20eca-b87e-72fd-8405-ae50715d55e7	conversation.history_replaced	1	{"spans":[{"first":5,"last":5},{"first":8,"last":10},{"first":14,"last":14}]}	{"session":"cancelled","turn":"01a20eca-b87b-70de-b7ee-1f58e5c8b02e"}	01a20eca-b87b-70de-b7ee-1f58e5c8b02e	\N	1795544496254312	1795544498933591	\\x6955d6e24d8bffd0095d5db39452a6fd5cda963766de4750f35d91fef8278c99	189616	1
197	default	conversation-cancelled	16	01a20eca-b87f-775c-b29f-fa118bee2c2c	turn.stage_finished	1	{"turn":"01a20eca-b87b-70de-b7ee-1f58e5c8b02e","stage":"bootstrap","ok":true,"detail":{"closed_calls":1,"version":15,"history":5},"duration_ms":3.743}	{"session":"cancelled","turn":"01a20eca-b87b-70de-b7ee-1f58e5c8b02e","agent":"waiter"}	01a20eca-b87b-70de-b7ee-1f58e5c8b02e	01a20eca-b87e-72fd-8405-ae50715d55e7	1795544496255188	1795544498933591	\\x12f10e737970dd3c890d3f47dd76067ee5a9dc3a801133f748e551231375f978	189616	1
198	default	conversation-cancelled	17	01a20eca-b87f-775c-b29f-fa12ac3d2a2c	turn.stage_finished	1	{"turn":"01a20eca-b87b-70de-b7ee-1f58e5c8b02e","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.024}	{"session":"cancelled","turn":"01a20eca-b87b-70de-b7ee-1f58e5c8b02e","agent":"waiter"}	01a20eca-b87b-70de-b7ee-1f58e5c8b02e	01a20eca-b87e-72fd-8405-ae50715d55e7	1795544496255206	1795544498933591	\\xa4c02c73c445d3d630a57c5ffe4c1b268e6f978291526db5fcfcfbdbadd0b355	189616	1
199	default	conversation-cancelled	18	01a20eca-b883-7766-850e-63b7c30c924d	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795544496.2559907,"parts":[{"$":"ag2.TextInput","created_at":1795544496.2551186,"metadata":{},"content":"Still there?"}]},"detached":false,"inbox":[]}	{"session":"cancelled","turn":"01a20eca-b87b-70de-b7ee-1f58e5c8b02e","agent":"waiter"}	01a20eca-b87b-70de-b7ee-1f58e5c8b02e	01a20eca-b87d-7371-a6f0-ee075bb92fc8	1795544496255991	1795544498933591	\\x5d1bd6a8bb1fb99fda9cb66933e360f86ce8b48e29192cd891b8dda839eee611	189616	1
200	default	conversation-cancelled	19	01a20eca-b885-700e-87d5-8d0d07b8c56c	model.call_started	1	{"call":"01a20eca-b885-700e-87d5-8d0c48e899d6","attempt":1,"model":"scripted","messages":[{"first":5,"last":5},{"first":8,"last":10},{"first":14,"last":14},{"first":18,"last":18}],"request_hash":"adf46a0bc1a544b5e42db132b49b83d6bad096cb6f496bf530fe197f853074be","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"93cc97a0cfc2d8a1fb23ebbc7d79e51fab7bd7f00655021eace451dffa6676cf","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"cancelled","turn":"01a20eca-b87b-70de-b7ee-1f58e5c8b02e","agent":"waiter"}	01a20eca-b87b-70de-b7ee-1f58e5c8b02e	01a20eca-b883-7766-850e-63b7c30c924d	1795544496261514	1795544498933591	\\x13bfe29c096b4e5405838917433e3de9eb78925310c5282cebb4f33049a67398	189616	1
201	default	conversation-cancelled	20	01a20eca-b886-7631-92a1-6c7d1c09130f	model.call_failed	1	{"call":"01a20eca-b885-700e-87d5-8d0c48e899d6","error":{"type":"ConnectionError","message":"lost"},"outcome":"error","published":[],"latency_ms":0.117}	{"session":"cancelled","turn":"01a20eca-b87b-70de-b7ee-1f58e5c8b02e","agent":"waiter"}	01a20eca-b87b-70de-b7ee-1f58e5c8b02e	01a20eca-b885-700e-87d5-8d0d07b8c56c	1795544496262577	1795544498933591	\\xc6abe2d14391e8fc411f250cee615d7c77805e5685640a0f6eed0b33ca9e7f8a	189616	1
202	default	conversation-cancelled	21	01a20eca-b887-70b1-bd94-60c306b68f60	turn.stage_finished	1	{"turn":"01a20eca-b87b-70de-b7ee-1f58e5c8b02e","stage":"execution","ok":false,"detail":{"model_calls_recorded":true},"error":{"type":"ConnectionError","message":"lost"},"duration_ms":7.727}	{"session":"cancelled","turn":"01a20eca-b87b-70de-b7ee-1f58e5c8b02e","agent":"waiter"}	01a20eca-b87b-70de-b7ee-1f58e5c8b02e	01a20eca-b886-7631-92a1-6c7d1c09130f	1795544496263837	1795544498933591	\\x4ed4281d8d3afdbabba7c72eb50055fb687cb3db7d9a580fbffcde7932dfffb7	189616	1
203	default	conversation-cancelled	22	01a20eca-b887-70b1-bd94-60c49a018980	turn.failed	1	{"turn":"01a20eca-b87b-70de-b7ee-1f58e5c8b02e","error":{"type":"ConnectionError","message":"lost"},"stage":"execution","abandoned":false,"duration_ms":12.421}	{"session":"cancelled","turn":"01a20eca-b87b-70de-b7ee-1f58e5c8b02e","agent":"waiter"}	01a20eca-b87b-70de-b7ee-1f58e5c8b02e	01a20eca-b886-7631-92a1-6c7d1c09130f	1795544496263865	1795544498933591	\\x9850ac2955254af2798687e420d1ee8c4248d794ceafd076bde2b12e95d32564	189616	1
204	default	conversation-inbox	1	01a20eca-b88d-77c5-8508-b180c5eb5cef	conversation.started	1	{"source":"ag2","ag2_stream_id":"ac8933b8-07af-5003-a10b-a7ba82e3dba8","tags":{},"agent":"reader"}	{"session":"inbox"}	inbox	\N	1795544496269545	1795544498944697	\\xb9992062285ae119fae16c1d07b979c7b3d1355abb345515353c154704ee0d1b	189618	1
205	default	conversation-inbox	2	01a20eca-b88c-7318-9e0d-397f6cb2f5b0	conversation.message_enqueued	1	{"message":"01a20eca-b88c-7318-9e0d-397f6cb2f5b0","parts":[{"$":"ag2.TextInput","created_at":1795544496.2686012,"metadata":{},"content":"early"},{"$":"ag2.TextInput","created_at":1795544496.2685726,"metadata":{},"content":"bird"}]}	{"session":"inbox"}	inbox	01a20eca-b88d-77c5-8508-b180c5eb5cef	1795544496268676	1795544498944697	\\x34a8c027f50c1cb6a9402707e8afcee0cc61a307b02a20d94ef0bc91d3827650	189618	1
206	default	conversation-inbox	3	01a20eca-b890-7339-8130-e70fd5e48de0	turn.started	1	{"turn":"01a20eca-b88f-7617-b18b-09b457998dab","agent":"reader","owner":"recorder:32057:220df08c","fencing_token":1,"implicit":false}	{"session":"inbox","turn":"01a20eca-b88f-7617-b18b-09b457998dab","agent":"reader"}	01a20eca-b88f-7617-b18b-09b457998dab	01a20eca-b88c-7318-9e0d-397f6cb2f5b0	1795544496272298	1795544498944697	\\x82ac678b8af59115cea405f456ec7d5d1069a25d8dc80f7bd4761016d5000157	189618	1
207	default	conversation-inbox	4	01a20eca-b891-76c8-bedd-adab110f3e27	turn.stage_finished	1	{"turn":"01a20eca-b88f-7617-b18b-09b457998dab","stage":"bootstrap","ok":true,"detail":{"version":3,"history":0},"duration_ms":1.546}	{"session":"inbox","turn":"01a20eca-b88f-7617-b18b-09b457998dab","agent":"reader"}	01a20eca-b88f-7617-b18b-09b457998dab	01a20eca-b890-7339-8130-e70fd5e48de0	1795544496273050	1795544498944697	\\x0b5cff75c0b02fb706b775402534bd3b2cefe4b2cfca8a973c48f570097632ab	189618	1
208	default	conversation-inbox	5	01a20eca-b891-76c8-bedd-adac2925778b	turn.stage_finished	1	{"turn":"01a20eca-b88f-7617-b18b-09b457998dab","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":1},"duration_ms":0.027}	{"session":"inbox","turn":"01a20eca-b88f-7617-b18b-09b457998dab","agent":"reader"}	01a20eca-b88f-7617-b18b-09b457998dab	01a20eca-b890-7339-8130-e70fd5e48de0	1795544496273069	1795544498944697	\\x2d6ee46986996646ed27ba4fff5c24565991dcb9d38e206108cddc60dedafc8e	189618	1
209	default	conversation-inbox	6	01a20eca-b894-74ad-9418-06924969480c	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795544496.275967,"parts":[{"$":"ag2.TextInput","created_at":1795544496.2686012,"metadata":{},"content":"early"},{"$":"ag2.TextInput","created_at":1795544496.2685726,"metadata":{},"content":"bird"},{"$":"ag2.TextInput","created_at":1795544496.2729862,"metadata":{},"content":"late"}]},"detached":false,"inbox":["01a20eca-b88c-7318-9e0d-397f6cb2f5b0"]}	{"session":"inbox","turn":"01a20eca-b88f-7617-b18b-09b457998dab","agent":"reader"}	01a20eca-b88f-7617-b18b-09b457998dab	01a20eca-b890-7339-8130-e70fd5e48de0	1795544496275967	1795544498944697	\\x15418399d2a8f7cf0e22e72faf808082d294e5068b5a77bc73f76164baf47c22	189618	1
210	default	conversation-inbox	7	01a20eca-b895-7692-9d69-aa964a259508	model.call_started	1	{"call":"01a20eca-b895-7692-9d69-aa954121d522","attempt":1,"model":"scripted","messages":[{"first":6,"last":6}],"request_hash":"76630a966ab5a3bfcd2be4dacb41d7d1db8b9d36b4735119a4efb6c3645ea2aa","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"inbox","turn":"01a20eca-b88f-7617-b18b-09b457998dab","agent":"reader"}	01a20eca-b88f-7617-b18b-09b457998dab	01a20eca-b894-74ad-9418-06924969480c	1795544496277843	1795544498944697	\\xe2e69abed15be0b4f20e6a4389352811f6538814098338953703d5d6085c9a34	189618	1
211	default	conversation-inbox	8	01a20eca-b896-738c-bf60-33f405ca8f9a	model.call_completed	1	{"call":"01a20eca-b895-7692-9d69-aa954121d522","response":{"$":"ag2.ModelResponse","created_at":1795544496.2787225,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.278727,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795544496.2785118,"metadata":{},"content":"Read."}},"published":[{"$":"ag2.ModelMessage","created_at":1795544496.2785118,"metadata":{},"content":"Read."}],"usage":{},"latency_ms":0.311}	{"session":"inbox","turn":"01a20eca-b88f-7617-b18b-09b457998dab","agent":"reader"}	01a20eca-b88f-7617-b18b-09b457998dab	01a20eca-b895-7692-9d69-aa964a259508	1795544496278847	1795544498944697	\\xf409473008c5e38f648c1ad786c0aa10c0c30698be56e857d1a2bcd41f4e6e69	189618	1
212	default	conversation-inbox	9	01a20eca-b897-733e-80d5-b1b4e5144137	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.2787225,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.278727,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795544496.2785118,"metadata":{},"content":"Read."}},"detached":false,"inbox":[]}	{"session":"inbox","turn":"01a20eca-b88f-7617-b18b-09b457998dab","agent":"reader"}	01a20eca-b88f-7617-b18b-09b457998dab	01a20eca-b896-738c-bf60-33f405ca8f9a	1795544496278723	1795544498944697	\\x1c089c19f31aa8db94a4c798d3dfd88dfcc20c8d93b213b13cc41e4f247532a4	189618	1
213	default	conversation-inbox	10	01a20eca-b89a-77a6-831c-71d523fafa76	turn.stage_finished	1	{"turn":"01a20eca-b88f-7617-b18b-09b457998dab","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":6.99}	{"session":"inbox","turn":"01a20eca-b88f-7617-b18b-09b457998dab","agent":"reader"}	01a20eca-b88f-7617-b18b-09b457998dab	01a20eca-b897-733e-80d5-b1b4e5144137	1795544496282436	1795544498944697	\\x5b93cb9816a400f986d06602da5e9321ba30cc2ecd7582d9136a456fa3211f29	189618	1
214	default	conversation-inbox	11	01a20eca-b89a-77a6-831c-71d6f474dc42	turn.stage_finished	1	{"turn":"01a20eca-b88f-7617-b18b-09b457998dab","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":1.615}	{"session":"inbox","turn":"01a20eca-b88f-7617-b18b-09b457998dab","agent":"reader"}	01a20eca-b88f-7617-b18b-09b457998dab	01a20eca-b897-733e-80d5-b1b4e5144137	1795544496282457	1795544498944697	\\x5ab24d37ced8179ec7bf6e936fb153c57f46129dd2dfd614de67cad76016cab4	189618	1
215	default	conversation-inbox	12	01a20eca-b89a-77a6-831c-71d7fb6ca145	turn.stage_finished	1	{"turn":"01a20eca-b88f-7617-b18b-09b457998dab","stage":"output_composition","ok":true,"detail":{"characters":5,"reply_version":9},"duration_ms":0.058}	{"session":"inbox","turn":"01a20eca-b88f-7617-b18b-09b457998dab","agent":"reader"}	01a20eca-b88f-7617-b18b-09b457998dab	01a20eca-b897-733e-80d5-b1b4e5144137	1795544496282464	1795544498944697	\\x9c2abced9b6d9de90a24661cbdbc3cf5b6b7bb64a43ab86a451ec563f1e14971	189618	1
216	default	conversation-inbox	13	01a20eca-b89a-77a6-831c-71d820eec238	turn.stage_finished	1	{"turn":"01a20eca-b88f-7617-b18b-09b457998dab","stage":"telemetry","ok":true,"detail":{"model_calls":1,"tool_results":0,"prompt_tokens":null,"completion_tokens":null,"version":9},"duration_ms":0.021}	{"session":"inbox","turn":"01a20eca-b88f-7617-b18b-09b457998dab","agent":"reader"}	01a20eca-b88f-7617-b18b-09b457998dab	01a20eca-b897-733e-80d5-b1b4e5144137	1795544496282470	1795544498944697	\\x7f190080a182e77693686a8591be675b94b30fdfc58ad689f67579ad61cabf27	189618	1
217	default	conversation-inbox	14	01a20eca-b89a-77a6-831c-71d902f88224	turn.completed	1	{"turn":"01a20eca-b88f-7617-b18b-09b457998dab","duration_ms":11.032}	{"session":"inbox","turn":"01a20eca-b88f-7617-b18b-09b457998dab","agent":"reader"}	01a20eca-b88f-7617-b18b-09b457998dab	01a20eca-b897-733e-80d5-b1b4e5144137	1795544496282476	1795544498944697	\\x14df0073c75bce5f8d8a5b3b7d7ebfce4de5bfdb7ec19ce44ee879ede66008a5	189618	1
218	default	conversation-inbox	15	01a20eca-b89c-7147-9353-78bc7e15ba6c	conversation.message_enqueued	1	{"message":"01a20eca-b89c-7147-9353-78bc7e15ba6c","parts":[{"$":"ag2.TextInput","created_at":1795544496.2846227,"metadata":{},"content":"nobody has read this yet"}]}	{"session":"inbox"}	inbox	01a20eca-b89a-77a6-831c-71d902f88224	1795544496284680	1795544498944697	\\xcef5976d77e04bbd01dead671d23d78e77a29f4435449ced7e4d9b73b1853960	189618	1
219	default	conversation-closed	1	01a20eca-b8a0-7209-96fe-e80ea91e4f65	conversation.started	1	{"source":"ag2","ag2_stream_id":"453fc1c5-0e59-509d-8186-c6b3afc85b6c","tags":{"env":"test"},"agent":"brief"}	{"session":"closed","turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b"}	01a20eca-b8a0-7209-96fe-e80c5747b53b	\N	1795544496288569	1795544498955600	\\xea0e9fe6d236e2813a7a99974d59d39fa4919ea78b10b36d04243976ecb13748	189620	1
220	default	conversation-closed	2	01a20eca-b8a0-7209-96fe-e80d34da7fba	turn.started	1	{"turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","agent":"brief","owner":"recorder:32057:220df08c","fencing_token":1,"implicit":false}	{"session":"closed","turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","agent":"brief"}	01a20eca-b8a0-7209-96fe-e80c5747b53b	01a20eca-b8a0-7209-96fe-e80ea91e4f65	1795544496288419	1795544498955600	\\x5dec8ce7d651ba69cb510cbd58e089ce0d398007941983ed302f04d4d98db848	189620	1
221	default	conversation-closed	3	01a20eca-b8a1-756d-b17c-4831ae3a2793	turn.stage_finished	1	{"turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":1.145}	{"session":"closed","turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","agent":"brief"}	01a20eca-b8a0-7209-96fe-e80c5747b53b	01a20eca-b8a0-7209-96fe-e80d34da7fba	1795544496289445	1795544498955600	\\x3d57d93b57e1ddca21eff603819acfd1794abf54f5901cadf4dc21ae8600f9a8	189620	1
222	default	conversation-closed	4	01a20eca-b8a1-756d-b17c-4832463f3d73	turn.stage_finished	1	{"turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.026}	{"session":"closed","turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","agent":"brief"}	01a20eca-b8a0-7209-96fe-e80c5747b53b	01a20eca-b8a0-7209-96fe-e80d34da7fba	1795544496289465	1795544498955600	\\x68a7849b85e281a43c37359b6387b50201d1b5f052e4c104e6e279aa64e46403	189620	1
223	default	conversation-closed	5	01a20eca-b8a4-71d6-8048-a86b3bbee090	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795544496.2901158,"parts":[{"$":"ag2.TextInput","created_at":1795544496.2893817,"metadata":{},"content":"Bye?"}]},"detached":false,"inbox":[]}	{"session":"closed","turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","agent":"brief"}	01a20eca-b8a0-7209-96fe-e80c5747b53b	01a20eca-b8a0-7209-96fe-e80d34da7fba	1795544496290116	1795544498955600	\\x940b98de4a71e4ed6cd1470bebddc64ba8c198ba638ebfe20e26524ff2c3a331	189620	1
224	default	conversation-closed	6	01a20eca-b8a6-73e7-8d9a-611075683957	model.call_started	1	{"call":"01a20eca-b8a6-73e7-8d9a-610f51211978","attempt":1,"model":"scripted","messages":[{"first":5,"last":5}],"request_hash":"c0b24d2c2c8d82f8a4d81982f5e09f27b2d1fadd1be09baa390627c8888a3e61","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"closed","turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","agent":"brief"}	01a20eca-b8a0-7209-96fe-e80c5747b53b	01a20eca-b8a4-71d6-8048-a86b3bbee090	1795544496294257	1795544498955600	\\x98d5472a15907364e6989372a69927369c477cb6f565398ca52be24950b141dc	189620	1
280	acme & söhne	order-1	5	01970000-0000-7000-8000-000000000004	order.placed	2	{"tenth":0.1,"tiny":5e-324,"huge":1.7976931348623157e+308,"negative_zero":-0.0}	{}	\N	01970000-0000-7000-8000-000000000003	253402300799999999	1795544499731054	\\x31af1185959eb95389c6fb610ddd06156f2dc45405d1764e1eee18442fb61a82	189694	1
225	default	conversation-closed	7	01a20eca-b8a7-721b-bb2b-662f5a992062	model.call_completed	1	{"call":"01a20eca-b8a6-73e7-8d9a-610f51211978","response":{"$":"ag2.ModelResponse","created_at":1795544496.286651,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.2866542,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795544496.2866414,"metadata":{},"content":"Bye."}},"published":[],"usage":{"prompt_tokens":17.0,"completion_tokens":5.0},"finish_reason":"stop","latency_ms":0.072}	{"session":"closed","turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","agent":"brief"}	01a20eca-b8a0-7209-96fe-e80c5747b53b	01a20eca-b8a6-73e7-8d9a-611075683957	1795544496295007	1795544498955600	\\x7acdaa4dcfd4150f97fdb321082f94b8c31223dd26cd8e7667d41996c1ff4ca9	189620	1
226	default	conversation-closed	8	01a20eca-b8a7-721b-bb2b-663090992859	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795544496.2955842,"label":null,"parts":[],"kind":"model_call","model":"scripted-1","provider":null,"finish_reason":"stop","usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"closed","turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","agent":"brief"}	01a20eca-b8a0-7209-96fe-e80c5747b53b	01a20eca-b8a7-721b-bb2b-662f5a992062	1795544496295584	1795544498955600	\\xc58dc6697423c8df18b770c09d7f25f9182e4a278a3a2d7aeec902df6f2e1ee1	189620	1
227	default	conversation-closed	9	01a20eca-b8a8-73ed-82f7-f9f5649e3be4	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544496.286651,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544496.2866542,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795544496.2866414,"metadata":{},"content":"Bye."}},"detached":false,"inbox":[]}	{"session":"closed","turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","agent":"brief"}	01a20eca-b8a0-7209-96fe-e80c5747b53b	01a20eca-b8a7-721b-bb2b-662f5a992062	1795544496286651	1795544498955600	\\x12ed2ab5080281c89f4e9758da36e4d198eee2ea3f535a5440490eebd07457b2	189620	1
228	default	conversation-closed	10	01a20eca-b8ab-77cb-ba63-e65c651a082e	turn.stage_finished	1	{"turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":7.281}	{"session":"closed","turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","agent":"brief"}	01a20eca-b8a0-7209-96fe-e80c5747b53b	01a20eca-b8a8-73ed-82f7-f9f5649e3be4	1795544496299079	1795544498955600	\\xe6e835403f0bfd85c7fea4c0102385be2f3b77e794ec00a0bc31237c8f304992	189620	1
229	default	conversation-closed	11	01a20eca-b8ab-77cb-ba63-e65d9d762f35	turn.stage_finished	1	{"turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":1.474}	{"session":"closed","turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","agent":"brief"}	01a20eca-b8a0-7209-96fe-e80c5747b53b	01a20eca-b8a8-73ed-82f7-f9f5649e3be4	1795544496299100	1795544498955600	\\xf40d1e3ced8148bcf0814ed65dcbf706dc79cc6b678dc14afd4ae5bca9807798	189620	1
230	default	conversation-closed	12	01a20eca-b8ab-77cb-ba63-e65e9d36cf10	turn.stage_finished	1	{"turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","stage":"output_composition","ok":true,"detail":{"characters":4,"reply_version":9},"duration_ms":0.057}	{"session":"closed","turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","agent":"brief"}	01a20eca-b8a0-7209-96fe-e80c5747b53b	01a20eca-b8a8-73ed-82f7-f9f5649e3be4	1795544496299107	1795544498955600	\\x6912e4abeb0ff668ffa1d373a8f9a22eb6562850c8e85746e0d5a5fb32ced989	189620	1
231	default	conversation-closed	13	01a20eca-b8ab-77cb-ba63-e65f153ff796	turn.stage_finished	1	{"turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","stage":"telemetry","ok":true,"detail":{"model_calls":1,"tool_results":0,"prompt_tokens":17,"completion_tokens":5,"version":9},"duration_ms":0.059}	{"session":"closed","turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","agent":"brief"}	01a20eca-b8a0-7209-96fe-e80c5747b53b	01a20eca-b8a8-73ed-82f7-f9f5649e3be4	1795544496299112	1795544498955600	\\x47080112b8c9b405fa75b372e55b037da53d34af689a5ffde4fd76e4fa5c6c6f	189620	1
232	default	conversation-closed	14	01a20eca-b8ab-77cb-ba63-e66037ccd026	turn.completed	1	{"turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","duration_ms":10.837}	{"session":"closed","turn":"01a20eca-b8a0-7209-96fe-e80c5747b53b","agent":"brief"}	01a20eca-b8a0-7209-96fe-e80c5747b53b	01a20eca-b8a8-73ed-82f7-f9f5649e3be4	1795544496299119	1795544498955600	\\x9812ebcd795be6f209e50201b2d9fd45590c449fe799fb40865ccad520b309cd	189620	1
233	default	conversation-closed	15	01a20eca-b8ae-718d-b5ec-543d2fdd5625	conversation.closed	1	{"reason":"resolved"}	{"session":"closed"}	closed	01a20eca-b8ab-77cb-ba63-e66037ccd026	1795544496302871	1795544498955600	\\x5787625ccd197ec19d9808a9d4413decb32b8dbad2d392f82646cc6bed11913d	189620	1
234	default	conversation-golden/3#1	1	00000000-0000-7c22-bac8-6cc1668d37eb	conversation.started	1	{"source":"tau-bench","tags":{"task":"3","trial":"1"},"origin":{"format":"tau-bench","file":"bikes.json","record":"$[0]","document":{"task_id":3,"trial":1,"reward":0.5,"info":{"note":null,"seed":12345678901234567890,"weights":[0.1,1e-7,1.0]},"traj":null},"messages_at":"traj","derived":false,"shared":{}}}	{"session":"golden/3#1"}	golden/3#1	\N	\N	1795544498958439	\\x34e7f766953c59b866b55eda7d79f7bb7a840b91d02cc05bbaf36e1a5ed64475	189622	1
235	default	conversation-golden/3#1	2	00000000-0000-760a-b1f2-bd448ed52670	conversation.message_imported	1	{"index":0,"role":"system","content":"You rent out bicycles.","calls":[],"source":{"role":"system","content":null}}	{"session":"golden/3#1"}	golden/3#1	\N	\N	1795544498958439	\\xba41de8f22c193ada99d747f52a48ed5878d0d18a1b082153752d01d240b6147	189622	1
236	default	conversation-golden/3#1	3	00000000-0000-7de1-a0ac-636995e9806a	conversation.message_imported	1	{"index":1,"role":"user","content":{"$":"str","base64":"RWluIFJhZCBmw7xyIFNhbXN0YWcsIGJpdHRlLiAAIPCfmrI="},"calls":[],"source":{"role":"user","content":null}}	{"session":"golden/3#1"}	golden/3#1	\N	\N	1795544498958439	\\xac22211aa568c77da7d25e05552902561c15568c4b032097eb561fb1d2feb7cc	189622	1
237	default	conversation-golden/3#1	4	00000000-0000-7f20-9ab9-37112405d189	conversation.message_imported	1	{"index":2,"role":"assistant","calls":[{"name":"list_bikes","id":"call_a","arguments":"{\\"day\\": \\"sat\\"}"},{"name":"list_bikes","id":"call_a","arguments":"{\\"day\\": \\"sun\\""}],"source":{"role":"assistant","content":null,"tool_calls":[{"id":"call_a","type":"function","function":{"name":"list_bikes","arguments":"{\\"day\\": \\"sat\\"}"}},{"id":"call_a","type":"function","function":{"name":"list_bikes","arguments":"{\\"day\\": \\"sun\\""}}]}}	{"session":"golden/3#1"}	golden/3#1	\N	\N	1795544498958439	\\x435ab4b3c7d8ee7705bf0ee18e5ebdb74939132dedb48a890f5c28818189027e	189622	1
238	default	conversation-golden/3#1	5	00000000-0000-7cde-955f-67bfb8ffa970	conversation.message_imported	1	{"index":3,"role":"tool","content":"[4, 7]","calls":[],"result":{"name":"list_bikes","call":0,"derived_error":false},"source":{"role":"tool","tool_call_id":"call_a","name":"list_bikes","content":null}}	{"session":"golden/3#1"}	golden/3#1	00000000-0000-7f20-9ab9-37112405d189	\N	1795544498958439	\\x9315a15cb8c0ad0a3e250e00e9612d1ce16b0d0d5ceb613a518aa0223be1f3f4	189622	1
239	default	conversation-golden/3#1	6	00000000-0000-70ed-a86d-8babb0b694ba	conversation.message_imported	1	{"index":4,"role":"tool","content":"Error: malformed arguments","calls":[],"result":{"name":"list_bikes","call":1,"derived_error":true},"source":{"role":"tool","tool_call_id":"call_a","name":"list_bikes","content":null}}	{"session":"golden/3#1"}	golden/3#1	00000000-0000-7f20-9ab9-37112405d189	\N	1795544498958439	\\xc4ad9e24f53c1789883894c4af3c85819c427062e1a39a21890bc007b1ac30f4	189622	1
240	default	conversation-golden/3#1	7	00000000-0000-7eb2-bc56-0f4bf321f5d1	conversation.message_imported	1	{"index":5,"role":"assistant","content":"Numbers 4 and 7 are free.","calls":[],"source":{"role":"assistant","content":null}}	{"session":"golden/3#1"}	golden/3#1	\N	\N	1795544498958439	\\x1cadc6a0eb395c500e4512c6a76454925d95bdfb1a476d5cab41a1e6f3bdd01e	189622	1
241	default	conversation-golden/3#1	8	00000000-0000-750d-acbd-229b61935000	conversation.message_imported	1	{"index":6,"role":"user","content":[{"type":"text","text":"Then 7."}],"calls":[],"source":{"role":"user","content":null}}	{"session":"golden/3#1"}	golden/3#1	\N	\N	1795544498958439	\\xbf096b1f12556fe5491a025d6d383e5ee3193cb54597e03373a6a426a0a124fa	189622	1
242	default	conversation-golden/3#1	9	00000000-0000-75bb-a179-fc3ec32695d8	conversation.closed	1	{}	{"session":"golden/3#1"}	golden/3#1	\N	\N	1795544498958439	\\x1bad8beb0ffa6eb36f53869913098526200d325fab49af91a665b09d084d6976	189622	1
243	default	content-17e837025230d180006c60c2dfcdf11403ea035500aebf9d3c3be77e01a78682	1	00000000-0000-70e6-a589-13db66232246	content.recorded	1	{"kind":"tau2.file","content":{"timestamp":"2025-05-06T07:08:09.101112"}}	{}	\N	\N	\N	1795544498966852	\\x82b79a664fb5494ecc65f1a82110f4f36b69aad2b665272a86919e2f7abf4029	189624	1
244	default	content-6ffd2d440379956bc4c1916215bfa3eaa19bfd56e8666d913de41af8f1590085	1	00000000-0000-7c6a-b67b-1753a47f875e	content.recorded	1	{"kind":"tau2.info","content":{"agent_info":{"implementation":"made_up","llm":"none"},"environment_info":{"domain_name":"bikes","policy":"Be kind.","tool_defs":null}}}	{}	\N	\N	\N	1795544498976228	\\x65c48d3d128d005265751f56616e44191b2fc2602a299c42efb1ee113b98e050	189626	1
245	default	content-62cc967da32fd3fc9a2ad1100b6f371f55ba8d9c7939f8511fee29645c4cd8a1	1	00000000-0000-7520-8d78-76af28737d92	content.recorded	1	{"kind":"tau2.task","content":{"id":"b1","ticket":null}}	{}	\N	\N	\N	1795544498981511	\\x7d90249c699b932beefef8da7508d0811563f2b14c44262e861df622fbd6b049	189628	1
246	default	conversation-golden/bike-talk	1	0196a46c-6790-77f5-b580-ed751f217f86	conversation.started	1	{"source":"tau2","tags":{"task":"b1","trial":"0","domain":"bikes"},"agent":"none","origin":{"format":"tau2","file":"bikes-sim.json","record":"$.simulations[0]","document":{"id":"bike-talk","task_id":"b1","trial":0,"start_time":"2025-05-06T07:08:10.000001","end_time":"2025-05-06T07:09:00","duration":50.0,"termination_reason":"user_stop","reward_info":{"reward":1.0},"messages":null},"messages_at":"messages","derived":false,"shared":{"file":"17e837025230d180006c60c2dfcdf11403ea035500aebf9d3c3be77e01a78682","info":"6ffd2d440379956bc4c1916215bfa3eaa19bfd56e8666d913de41af8f1590085","task":"62cc967da32fd3fc9a2ad1100b6f371f55ba8d9c7939f8511fee29645c4cd8a1"}}}	{"session":"golden/bike-talk","source_time":"2025-05-06T07:08:10.000001"}	golden/bike-talk	\N	1746515290000001	1795544498992507	\\xcae99d0fcd644cc4b43ed64e517c88e7a2f1cb915ab3aae69d840f6f50dcfe51	189630	1
247	default	conversation-golden/bike-talk	2	0196a46c-6d6c-7516-bc6a-58429b843527	conversation.message_imported	1	{"index":0,"role":"assistant","calls":[{"name":"b","id":"x","arguments":{"n":1},"actor":"user"},{"name":"b","id":"y","arguments":{"n":2},"actor":"user"}],"prompt_tokens":3625,"completion_tokens":24,"cost_usd":0.0025,"source":{"role":"assistant","content":null,"timestamp":"2025-05-06T07:08:11.5","cost":0.0025,"usage":{"completion_tokens":24,"prompt_tokens":3625},"tool_calls":[{"id":"x","name":"b","arguments":{"n":1},"requestor":"user"},{"id":"y","name":"b","arguments":{"n":2},"requestor":"user"}]}}	{"session":"golden/bike-talk","source_time":"2025-05-06T07:08:11.5"}	golden/bike-talk	\N	1746515291500000	1795544498992507	\\x3a5df5822bdb6c96f8256606617f8ba9e7894a1213f00d58b4c8befe056ae660	189630	1
248	default	conversation-golden/bike-talk	3	00000000-0000-70fd-b73a-eacc4a874d73	conversation.message_imported	1	{"index":1,"role":"tool","content":"2","calls":[],"result":{"call":1,"error":false},"source":{"id":"y","role":"tool","content":null,"requestor":"user","error":false}}	{"session":"golden/bike-talk"}	golden/bike-talk	0196a46c-6d6c-7516-bc6a-58429b843527	\N	1795544498992507	\\xdcb5f945b1f82bc0bd29a5b33947caf5542a93c77d88f81d75d693528bea697d	189630	1
249	default	conversation-golden/bike-talk	4	00000000-0000-7b2f-a8fe-a1642867ce67	conversation.message_imported	1	{"index":2,"role":"tool","content":"!","calls":[],"result":{"call":0,"error":true},"source":{"id":"x","role":"tool","content":null,"requestor":"assistant","error":true}}	{"session":"golden/bike-talk"}	golden/bike-talk	0196a46c-6d6c-7516-bc6a-58429b843527	\N	1795544498992507	\\x72bd5d1d9bfa864e8a62e711251e2d473c4f4a1d142637f54bae6653f8211bce	189630	1
250	default	conversation-golden/bike-talk	5	0196a46d-2ae0-7644-9142-961ee1d1caa3	conversation.closed	1	{"reason":"user_stop"}	{"session":"golden/bike-talk","source_time":"2025-05-06T07:09:00"}	golden/bike-talk	\N	1746515340000000	1795544498992507	\\x1dd119d0286b14e610148f09420decdbdc60f9445df90a231c0376b3939b4f1a	189630	1
251	default	chat-1	1	01a20eca-b8b8-7784-bacc-1adc7251e2c8	chat.said	1	{"text":"a"}	{}	\N	\N	\N	1795544498998279	\\x6567e9af5db7cb2624fefe4a38198aa771cd9c2d97b2c1ce56a5524df08b9846	189632	1
252	default	chat-1	2	01a20eca-b8b8-7784-bacc-1add03b82356	chat.said	1	{"text":"b"}	{}	\N	\N	\N	1795544498998279	\\x620692e27e6ae75ab3a4532c07bb723ea8af81183df775f459f12dda0a2aca71	189632	1
253	default	chat-1	3	01a20eca-b8b8-7784-bacc-1ade557f00a7	chat.said	1	{"text":"c"}	{}	\N	\N	\N	1795544498998279	\\x39a733fa68568dd463894d58e1caf14b72c5c6476ae9a51ac52483b2303c4ee3	189632	1
254	default	chat-1	4	01a20eca-b8b8-7784-bacc-1adffcaeae96	chat.said	1	{"text":"d"}	{}	\N	\N	\N	1795544498998279	\\x1eee227617f7b9b6825dc6f2b8402f610ca68c1d44b423efe9261baf63753d5d	189632	1
255	default	stream-chat-2	1	01a20eca-b8b9-774c-97e5-dcaa57d8f4c4	stream.forked	1	{"stream":"chat-2","parent":"chat-1","version":2,"digest":"3a2ea9be56514412a40d07f196de46b09772ea12fed1a00ec9b1a6feb4773035"}	{"session":"what-if"}	\N	\N	\N	1795544499008236	\\xc47f38460e851432de30f5fc603bb82d979b8d56159f68304075afba88014fdc	189634	1
256	default	chat-2	3	01a20eca-b8ba-703a-ba62-6a9a67d88094	chat.said	1	{"text":"c"}	{}	\N	\N	\N	1795544499035551	\\x21ffb3b5a0fcea81e461688f4e1aa121cf20b933d5959bb8e96ea197a8aaae9e	189638	1
257	default	chat-2	4	01a20eca-b8ba-703a-ba62-6a9b13737419	chat.said	1	{"text":"d"}	{}	\N	\N	\N	1795544499035551	\\x0bf028ef35683adfa3fc3a6c3254df805d403f9745dac48051e14f0269d62eb0	189638	1
258	default	stream-chat-3	1	01a20eca-b8bb-71b3-b9c2-b035276fd6a3	stream.forked	1	{"stream":"chat-3","parent":"chat-2","version":3,"digest":"4fb876776209506d898d42d714355ca647307a9d5da1566f03ee3708b381b9d3"}	{}	\N	\N	\N	1795544499047631	\\xd3a8b19db2c8404eb44325291baf7d3bde11fb01d459b11fc3d1360d0ea92253	189640	1
259	default	stream-chat-4	1	01a20eca-b8bf-70c1-95da-dbc76c3b53b1	stream.forked	1	{"stream":"chat-4","parent":"chat-3","version":1,"digest":"af790dab929b41215761023481091c4915e99185574fad3071de534783c4e5eb"}	{}	\N	\N	\N	1795544499056362	\\x05a711a33db14f8e7533f1a98990f4ac09a79b7c021ea3d2d3deea03f219018f	189642	1
260	default	chat-4	2	01a20eca-b8c0-75be-8394-bede6737cdd1	chat.said	1	{"text":"a"}	{}	\N	\N	\N	1795544499071509	\\x2c159c601cde4fc2fee3cb5b34e2bc99a9146c849b10f34b71fe41e4ff4261c1	189646	1
261	default	stream-chat-2	2	01a20eca-b8c0-75be-8394-bedfbbc6a453	stream.metadata_set	1	{"stream":"chat-2","metadata":{"why":"What if? 🤔","tries":[1,null]}}	{}	\N	\N	\N	1795544499075501	\\x49539851d80cbe1c6b7b3ee7869e73dafef686007a2c4873b591f90163cf0167	189647	1
262	default	stream-chat-4	2	01a20eca-b8c1-7793-b6e0-e09ebfcc5c64	stream.ended	1	{"stream":"chat-4","version":2,"reason":"tried out"}	{}	\N	\N	\N	1795544499079420	\\xde7bd7f9a703f8ef5439bf984c9223b405a048e591ba041ef5254b45320b981f	189649	1
263	default	conversation-interrupted	1	01a20eca-be7b-76c6-9c2a-2620f0d550d9	conversation.started	1	{"source":"ag2","ag2_stream_id":"2bdddaf6-dc49-500c-a38d-bfa923abaea7","subject":"user:9","tags":{},"agent":"mortal"}	{"session":"interrupted","turn":"01a20eca-be7a-7251-9342-e5b89a134501"}	01a20eca-be7a-7251-9342-e5b89a134501	\N	1795544497787535	1795544499096544	\\x1a5ca4b19c41969bbf5e022491d429f658690dee7aa35db275ed2bbc8406c119	189651	1
264	default	conversation-interrupted	2	01a20eca-be7b-76c6-9c2a-261f33aa27a2	turn.started	1	{"turn":"01a20eca-be7a-7251-9342-e5b89a134501","agent":"mortal","owner":"recorder:32084:54138eee","fencing_token":1,"implicit":false}	{"session":"interrupted","turn":"01a20eca-be7a-7251-9342-e5b89a134501","agent":"mortal"}	01a20eca-be7a-7251-9342-e5b89a134501	01a20eca-be7b-76c6-9c2a-2620f0d550d9	1795544497787317	1795544499096544	\\x6b16e40afdacf3fc2f0e4e541c5cd01dfbb89b1e20985ae268c1290ccdf3d663	189651	1
265	default	conversation-interrupted	3	01a20eca-be7d-7648-bd68-7ebb7e89ceca	turn.stage_finished	1	{"turn":"01a20eca-be7a-7251-9342-e5b89a134501","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":2.643}	{"session":"interrupted","turn":"01a20eca-be7a-7251-9342-e5b89a134501","agent":"mortal"}	01a20eca-be7a-7251-9342-e5b89a134501	01a20eca-be7b-76c6-9c2a-261f33aa27a2	1795544497789506	1795544499096544	\\x281dae6d023b5e4632f97d23e69ff2c3162ef9461bce5c3ff93531e03ea13fdf	189651	1
266	default	conversation-interrupted	4	01a20eca-be7d-7648-bd68-7ebc0fec200d	turn.stage_finished	1	{"turn":"01a20eca-be7a-7251-9342-e5b89a134501","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.045}	{"session":"interrupted","turn":"01a20eca-be7a-7251-9342-e5b89a134501","agent":"mortal"}	01a20eca-be7a-7251-9342-e5b89a134501	01a20eca-be7b-76c6-9c2a-261f33aa27a2	1795544497789535	1795544499096544	\\x1704496d2747a15b9ee394adf1ff67e9e751b87525956948fbc038d03718b05f	189651	1
267	default	conversation-interrupted	5	01a20eca-be8e-7449-aac9-12d35be68269	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795544497.7907565,"parts":[{"$":"ag2.TextInput","created_at":1795544497.7894096,"metadata":{},"content":"Do it."}]},"detached":false,"inbox":[]}	{"session":"interrupted","turn":"01a20eca-be7a-7251-9342-e5b89a134501","agent":"mortal"}	01a20eca-be7a-7251-9342-e5b89a134501	01a20eca-be7b-76c6-9c2a-261f33aa27a2	1795544497790756	1795544499096544	\\x9212f281414611bfd18c9ec76d04df2f3cdc53e025e78e9ed164128f08e5f8ec	189651	1
268	default	content-111da89622da68d509b97ab213c5a429c0ecd373a8537708a18cf8633a79c4d8	1	00000000-0000-74d2-b49a-0fe94253cc36	content.recorded	1	{"kind":"tools","content":[{"defer_loading":false,"function":{"description":"Die.","name":"die","parameters":{"properties":{},"type":"object"}},"type":"function"}]}	{}	\N	\N	\N	1795544499099906	\\xd718ec1c37f969e915275a7fbde8fe994f1a47a2555d5be033688995d3725cb2	189653	1
269	default	conversation-interrupted	6	01a20eca-be92-77e1-85ac-f128c4f8bae3	model.call_started	1	{"call":"01a20eca-be91-701b-9370-5ad99c06613a","attempt":1,"model":"scripted","messages":[{"first":5,"last":5}],"request_hash":"007034aac805993627eda114bb932a39cb1874f2e07263daa9eddf65826030b6","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"111da89622da68d509b97ab213c5a429c0ecd373a8537708a18cf8633a79c4d8","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"interrupted","turn":"01a20eca-be7a-7251-9342-e5b89a134501","agent":"mortal"}	01a20eca-be7a-7251-9342-e5b89a134501	01a20eca-be8e-7449-aac9-12d35be68269	1795544497810489	1795544499115942	\\x5cc428db87a0910723237f683067a2b065bee9021755b482dfa9a39c72cecd0e	189655	1
270	default	conversation-interrupted	7	01a20eca-be93-75f3-9449-ad195a38f8d5	model.call_completed	1	{"call":"01a20eca-be91-701b-9370-5ad99c06613a","response":{"$":"ag2.ModelResponse","created_at":1795544497.8113325,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544497.8113213,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544497.7806416,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"n\\": [1, {\\"é\\": null}]}","name":"die"}]}},"published":[],"usage":{},"latency_ms":0.174}	{"session":"interrupted","turn":"01a20eca-be7a-7251-9342-e5b89a134501","agent":"mortal"}	01a20eca-be7a-7251-9342-e5b89a134501	01a20eca-be92-77e1-85ac-f128c4f8bae3	1795544497811502	1795544499115942	\\xe8af3f9d6cefb33d6c084e8c7a63356918f99f703df89590c33c3a99f59f0564	189655	1
271	default	conversation-interrupted	8	01a20eca-be94-7227-8294-25a0f4d07ef1	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544497.8113325,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544497.8113213,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544497.7806416,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"n\\": [1, {\\"é\\": null}]}","name":"die"}]}},"detached":false,"inbox":[]}	{"session":"interrupted","turn":"01a20eca-be7a-7251-9342-e5b89a134501","agent":"mortal"}	01a20eca-be7a-7251-9342-e5b89a134501	01a20eca-be93-75f3-9449-ad195a38f8d5	1795544497811332	1795544499115942	\\x28f99d0ef5206e09ca557a0b863e0f2ed7ea2743a768a165bda59bf6962c7ae6	189655	1
272	default	conversation-interrupted	9	01a20eca-be97-77ed-b80c-40a38304aa10	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795544497.8113213,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795544497.7806416,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"n\\": [1, {\\"é\\": null}]}","name":"die"}]},"detached":false,"inbox":[]}	{"session":"interrupted","turn":"01a20eca-be7a-7251-9342-e5b89a134501","agent":"mortal"}	01a20eca-be7a-7251-9342-e5b89a134501	01a20eca-be94-7227-8294-25a0f4d07ef1	1795544497811321	1795544499115942	\\xb92df61b26e55f9483568382acf29cdb77d9984a26429da316e20b7341d191c6	189655	1
273	default	conversation-interrupted	10	01a20eca-be99-73e5-a864-a87128b008e0	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795544497.7806416,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"n\\": [1, {\\"é\\": null}]}","name":"die"},"detached":false,"inbox":[]}	{"session":"interrupted","turn":"01a20eca-be7a-7251-9342-e5b89a134501","agent":"mortal"}	01a20eca-be7a-7251-9342-e5b89a134501	01a20eca-be97-77ed-b80c-40a38304aa10	1795544497780642	1795544499115942	\\xdb3994ea3627970ce77a96ffb4e77f39f850311f89f645c421906858d70ce557	189655	1
274	default	access-2026-11-24	1	01a20eca-bef2-732c-bb2b-b4111b3fafb9	access.log_accessed	1	{"actor":"auditor","action":"read","target":"ticket-4711","parameters":{"what":"transcript"},"rows":10,"door":"library"}	{}	\N	\N	1795544497906347	1795544499120213	\\xd0e7b4ffcac4c5c9c0024e2b89a4c14e2e8bfb02ce1a712f825689d876177dd3	189657	1
275	default	conversation-closed	16	01a20eca-bfbb-7545-b51a-5db9b5effbef	conversation.tags_changed	1	{"tags":{"late":"yes"}}	{}	\N	\N	\N	1795544499372314	\\xe16bb78b1f7a1467915489f9a5eabb506dca1273617887f22037f97d32c1534a	189665	1
276	acme & söhne	order-1	1	01970000-0000-7000-8000-000000000000	order.opened	1	{}	{}	\N	\N	\N	1795544499731054	\\x4e1855444a46fad5de66d873ffbdf3efb391738888c26caa3e99b7e0afa781b3	189694	1
277	acme & söhne	order-1	2	01970000-0000-7000-8000-000000000001	order.placed	2	{"":""," ":" ","null":null,"true":true,"nested":{"a":[{"b":[[],{}]}]}}	{"session":"order/1","n":1}	case-1	01970000-0000-7000-8000-000000000000	-1	1795544499731054	\\xc152c2bb5a33e430050df26daccbfe4471fefc779c8ec51cabae7f2bfc41ad14	189694	1
278	acme & söhne	order-1	3	01970000-0000-7000-8000-000000000002	order.placed	3	{"text":"Ünïcödé 漢字 😀 é é \\"\\\\/ \\u0000\\u0007\\u001f ﻿"}	{}	\N	01970000-0000-7000-8000-000000000001	1709189100000000	1795544499731054	\\x0678cc3b6e7ba8092312ac3e5508609a7057362ba1d7a652ee1c9c327c443c16	189694	1
279	acme & söhne	order-1	4	01970000-0000-7000-8000-000000000003	order.placed	1	{"2**53+1":9007199254740993,"max":9223372036854775807,"min":-9223372036854775808,"unsigned":18446744073709551615,"zero":0}	{"session":"order/1","n":3}	case-1	01970000-0000-7000-8000-000000000002	-62135596800000000	1795544499731054	\\x887047c8a2100223016809aedeeab2182a211693714689ceda9f88de2b0d9150	189694	1
284	acme & söhne	order-1	8	01a20eca-beb3-77cd-9329-c35f6228aa8a	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795544499763945	\\x6e4a341c177d4134c47f64572d6e7704670c445834f5a2b83a6d313b8607301b	189697	1
285	acme & söhne	order-Zweig 二-x	1	01a20eca-beb3-77cd-9329-c360bc4f1396	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795544499772095	\\x295d00e5714971fd098dacbdd3e406dacfffe3a248797428a54b672125e600ce	189699	1
286	acme & söhne	stock_take-a-b	1	01a20eca-beb3-77cd-9329-c361900ae83d	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795544499799538	\\x32c3dfffce2b06747a1646d6af2263193e06619c38177905b36b58b1aa40a08d	189701	1
287	acme & söhne	stock_take-a-b	2	01a20eca-beb3-77cd-9329-c3624be6dc7d	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795544499799538	\\xf3a7a6e7e3f17452827067f228cc8c1d76c2ac3e979947cd439e10edf0b27b0a	189701	1
288	acme & söhne	conversation-closed	1	01a20eca-bebd-7327-b14e-5c71f7433746	conversation.started	1	{"source":"ag2","ag2_stream_id":"453fc1c5-0e59-509d-8186-c6b3afc85b6c","tags":{"env":"test"},"agent":"brief"}	{"session":"closed","turn":"01a20eca-bebc-7784-8c3b-dbd709514733"}	01a20eca-bebc-7784-8c3b-dbd709514733	\N	1795544497853304	1795544499811437	\\xd765f920af5956b9ecc9794661aea6132778ba077b77326b0ab035f0678a4161	189703	1
289	acme & söhne	conversation-closed	2	01a20eca-bebc-7784-8c3b-dbd8fca370fe	turn.started	1	{"turn":"01a20eca-bebc-7784-8c3b-dbd709514733","agent":"brief","owner":"recorder:32057:e0cd251c","fencing_token":1,"implicit":false}	{"session":"closed","turn":"01a20eca-bebc-7784-8c3b-dbd709514733","agent":"brief"}	01a20eca-bebc-7784-8c3b-dbd709514733	01a20eca-bebd-7327-b14e-5c71f7433746	1795544497852991	1795544499811437	\\x1027df92a04eb979a19c66c656b725bbc24942b0bb09a75546cfe9bb38a08563	189703	1
290	acme & söhne	conversation-closed	3	01a20eca-bebe-733e-ad55-dd2c115b9bdd	turn.stage_finished	1	{"turn":"01a20eca-bebc-7784-8c3b-dbd709514733","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":2.02}	{"session":"closed","turn":"01a20eca-bebc-7784-8c3b-dbd709514733","agent":"brief"}	01a20eca-bebc-7784-8c3b-dbd709514733	01a20eca-bebc-7784-8c3b-dbd8fca370fe	1795544497854739	1795544499811437	\\xa5bda168a4c5f6ab48e4e7b1ee0e1795089999eb31cb1c877749880517b9dde5	189703	1
291	acme & söhne	conversation-closed	4	01a20eca-bebe-733e-ad55-dd2d73cd984e	turn.stage_finished	1	{"turn":"01a20eca-bebc-7784-8c3b-dbd709514733","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.04}	{"session":"closed","turn":"01a20eca-bebc-7784-8c3b-dbd709514733","agent":"brief"}	01a20eca-bebc-7784-8c3b-dbd709514733	01a20eca-bebc-7784-8c3b-dbd8fca370fe	1795544497854767	1795544499811437	\\xd1131fa68d59aa00289a1fe4f2f51356b524c2ab2b6a43e81e996ca9fa5721ca	189703	1
292	acme & söhne	conversation-closed	5	01a20eca-beca-71c6-9de6-111024503108	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795544497.8557148,"parts":[{"$":"ag2.TextInput","created_at":1795544497.854652,"metadata":{},"content":"Bye?"}]},"detached":false,"inbox":[]}	{"session":"closed","turn":"01a20eca-bebc-7784-8c3b-dbd709514733","agent":"brief"}	01a20eca-bebc-7784-8c3b-dbd709514733	01a20eca-bebc-7784-8c3b-dbd8fca370fe	1795544497855715	1795544499811437	\\xacb63a066bae0df4bf9db9a0af1143a7edb045e2c58d371d081af910f9efc61d	189703	1
293	acme & söhne	content-35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56	1	00000000-0000-7ec6-ab79-ca8b4fd42308	content.recorded	1	{"kind":"prompt","content":[]}	{}	\N	\N	\N	1795544499818378	\\x4fbec2507d63c8627fe07d3d53894b04ba123849f47826d6715f41f933204b57	189705	1
294	acme & söhne	content-e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b	1	00000000-0000-7119-ad1b-222226c7b831	content.recorded	1	{"kind":"tools","content":[]}	{}	\N	\N	\N	1795544499823907	\\x10bbd0dded8081b90e1cdb2d1ff3475f4b37ab687f6a7e6a3cc865ef67558565	189707	1
295	acme & söhne	content-92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc	1	00000000-0000-7410-b410-bf3840f79e54	content.recorded	1	{"kind":"parameters","content":{}}	{}	\N	\N	\N	1795544499836035	\\xf0d9b58f79e723d93dab020e65ecb25a762272d9369db830f5159947d90c7b74	189709	1
296	acme & söhne	conversation-closed	6	01a20eca-bed0-745d-b83a-fc032fe883f9	model.call_started	1	{"call":"01a20eca-bece-7185-86e5-942dd2acaa93","attempt":1,"model":"scripted","messages":[{"first":5,"last":5}],"request_hash":"c0b24d2c2c8d82f8a4d81982f5e09f27b2d1fadd1be09baa390627c8888a3e61","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"closed","turn":"01a20eca-bebc-7784-8c3b-dbd709514733","agent":"brief"}	01a20eca-bebc-7784-8c3b-dbd709514733	01a20eca-beca-71c6-9de6-111024503108	1795544497872310	1795544499839695	\\x202a69726f86cf18a644e386de56c0e8badb05f72cf41471ed9f3306f87b0a50	189711	1
297	acme & söhne	conversation-closed	7	01a20eca-bed1-770c-b443-eb145c3e6c99	model.call_completed	1	{"call":"01a20eca-bece-7185-86e5-942dd2acaa93","response":{"$":"ag2.ModelResponse","created_at":1795544497.8471909,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544497.8471959,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795544497.847177,"metadata":{},"content":"Bye."}},"published":[],"usage":{"prompt_tokens":17.0,"completion_tokens":5.0},"finish_reason":"stop","latency_ms":0.124}	{"session":"closed","turn":"01a20eca-bebc-7784-8c3b-dbd709514733","agent":"brief"}	01a20eca-bebc-7784-8c3b-dbd709514733	01a20eca-bed0-745d-b83a-fc032fe883f9	1795544497873230	1795544499839695	\\x1f08accfdecb05549e9127d60f5af040077d89995aa0b434bc7fb1f68b33fec3	189711	1
298	acme & söhne	conversation-closed	8	01a20eca-bed2-74c1-8850-e733340ba7a4	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795544497.874363,"label":null,"parts":[],"kind":"model_call","model":"scripted-1","provider":null,"finish_reason":"stop","usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"closed","turn":"01a20eca-bebc-7784-8c3b-dbd709514733","agent":"brief"}	01a20eca-bebc-7784-8c3b-dbd709514733	01a20eca-bed1-770c-b443-eb145c3e6c99	1795544497874363	1795544499839695	\\xfce2f14750a583ff636ebc794141271a15923ebceffdf1fd2a37a1422d36f12d	189711	1
299	acme & söhne	conversation-closed	9	01a20eca-bed3-7092-ab4f-4532792ffe68	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795544497.8471909,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795544497.8471959,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795544497.847177,"metadata":{},"content":"Bye."}},"detached":false,"inbox":[]}	{"session":"closed","turn":"01a20eca-bebc-7784-8c3b-dbd709514733","agent":"brief"}	01a20eca-bebc-7784-8c3b-dbd709514733	01a20eca-bed1-770c-b443-eb145c3e6c99	1795544497847191	1795544499839695	\\x4bb633686f44770703316e5945fee06a99bf6910cd11fc6e474e2a2feaae463f	189711	1
300	acme & söhne	conversation-closed	10	01a20eca-bed7-743e-a851-162739ffdcbc	turn.stage_finished	1	{"turn":"01a20eca-bebc-7784-8c3b-dbd709514733","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":21.199}	{"session":"closed","turn":"01a20eca-bebc-7784-8c3b-dbd709514733","agent":"brief"}	01a20eca-bebc-7784-8c3b-dbd709514733	01a20eca-bed3-7092-ab4f-4532792ffe68	1795544497879893	1795544499839695	\\x3dd9752f2bbdfc9eff9ade1d3970d494a21429e50a12434438d3692d9c635de8	189711	1
301	acme & söhne	conversation-closed	11	01a20eca-bed7-743e-a851-16288502d7ff	turn.stage_finished	1	{"turn":"01a20eca-bebc-7784-8c3b-dbd709514733","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":2.794}	{"session":"closed","turn":"01a20eca-bebc-7784-8c3b-dbd709514733","agent":"brief"}	01a20eca-bebc-7784-8c3b-dbd709514733	01a20eca-bed3-7092-ab4f-4532792ffe68	1795544497879921	1795544499839695	\\x6db0bfbe9e91fda0babf7206bf5e96ae8f19833ba68ae0c878d5f981c29cf3fd	189711	1
302	acme & söhne	conversation-closed	12	01a20eca-bed7-743e-a851-1629641f4a9b	turn.stage_finished	1	{"turn":"01a20eca-bebc-7784-8c3b-dbd709514733","stage":"output_composition","ok":true,"detail":{"characters":4,"reply_version":9},"duration_ms":0.073}	{"session":"closed","turn":"01a20eca-bebc-7784-8c3b-dbd709514733","agent":"brief"}	01a20eca-bebc-7784-8c3b-dbd709514733	01a20eca-bed3-7092-ab4f-4532792ffe68	1795544497879928	1795544499839695	\\x35be6706c27d38ff469dfe304c97ce53c1ece07f6399a5e861e393dc1e178a55	189711	1
303	acme & söhne	conversation-closed	13	01a20eca-bed7-743e-a851-162ab901829f	turn.stage_finished	1	{"turn":"01a20eca-bebc-7784-8c3b-dbd709514733","stage":"telemetry","ok":true,"detail":{"model_calls":1,"tool_results":0,"prompt_tokens":17,"completion_tokens":5,"version":9},"duration_ms":0.025}	{"session":"closed","turn":"01a20eca-bebc-7784-8c3b-dbd709514733","agent":"brief"}	01a20eca-bebc-7784-8c3b-dbd709514733	01a20eca-bed3-7092-ab4f-4532792ffe68	1795544497879934	1795544499839695	\\xa68d444c399797dc1778b0b47300de2a28386e4d824d34aa226950d3797be211	189711	1
304	acme & söhne	conversation-closed	14	01a20eca-bed7-743e-a851-162b11f34f1a	turn.completed	1	{"turn":"01a20eca-bebc-7784-8c3b-dbd709514733","duration_ms":27.309}	{"session":"closed","turn":"01a20eca-bebc-7784-8c3b-dbd709514733","agent":"brief"}	01a20eca-bebc-7784-8c3b-dbd709514733	01a20eca-bed3-7092-ab4f-4532792ffe68	1795544497879940	1795544499839695	\\xfea12ada7be4f6b0158bb3672327ec6494686d1bd009c06e583ee3e911785975	189711	1
305	acme & söhne	conversation-closed	15	01a20eca-bede-7064-bc3f-813789aad4f3	conversation.closed	1	{"reason":"resolved"}	{"session":"closed"}	closed	01a20eca-bed7-743e-a851-162b11f34f1a	1795544497886861	1795544499839695	\\x2d572811998e2accf82b4bdf63c4146965d48c79343585f7638fdcac0e1583d9	189711	1
\.


--
-- Data for Name: leases; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.leases (tenant, resource, owner, token, expires_at) FROM stdin;
default	conversation-cancelled	\N	2	0
default	conversation-closed	\N	2	0
default	conversation-compacted	\N	4	0
default	conversation-delegated	\N	1	0
default	conversation-inbox	\N	1	0
default	conversation-interrupted	recorder:32084:54138eee	1	1795544500548193
default	conversation-refund	\N	1	0
default	conversation-ticket-4711	\N	2	0
acme & söhne	conversation-closed	\N	2	0
\.


--
-- Data for Name: log_info; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.log_info (key, value) FROM stdin;
database_id	0618b8f0
\.


--
-- Data for Name: parked_events; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.parked_events (tenant, consumer_group, event_tenant, event_id, partition, stream, version, type, cursor, reason, attempts, parked_at, retry_at, discarded_at, discard_reason) FROM stdin;
\.


--
-- Data for Name: projection_builds; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.projection_builds (tenant, name, build, version, code, state, tables, partitions, after, until, failure, begun_at) FROM stdin;
default	session_list	1	1	0ea6d4d924d6b27ff9cfd287a7a18029	ready	["sessions_v1_1"]	1	\N	\N	\N	1795544499198828
acme & söhne	session_list	1	1	0ea6d4d924d6b27ff9cfd287a7a18029	ready	["sessions_v1_1"]	1	\N	\N	\N	1795544499861003
\.


--
-- Data for Name: projection_checkpoints; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.projection_checkpoints (tenant, name, build, partition, cursor, events, events_per_second, moved_at) FROM stdin;
default	session_list	1	0	c2.0618b8f0.1.189655.273	115	2775.9449165794963	1795544499303673
acme & söhne	session_list	1	0	c2.0618b8f0.1.189711.305	6	281.102070032799	1795544499943329
\.


--
-- Data for Name: projection_parked_events; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.projection_parked_events (tenant, name, build, event_id, stream, version, type, cursor, reason, parked_at) FROM stdin;
\.


--
-- Data for Name: projections; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.projections (tenant, name, active_build, previous_build, last_build, inline, paused_at) FROM stdin;
default	session_list	1	\N	1	f	\N
acme & söhne	session_list	1	\N	1	f	\N
\.


--
-- Data for Name: retold_version; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.retold_version (version_num) FROM stdin;
0004
\.


--
-- Data for Name: sessions_v1_1; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.sessions_v1_1 (tenant, session, stream, root_session, parent_stream, source, subject, tags, agent, ag2_stream_id, started_at, started_text, ended_at, ended_text, recorded_from, recorded_to, version, ended, end_reason, messages, tool_calls, tool_results, tool_errors, parallel_call_messages, prompt_tokens, completion_tokens, cost_usd, turns, turns_failed, open_calls, search_text) FROM stdin;
default	ticket-4711	conversation-ticket-4711	ticket-4711	\N	ag2	user:7	{\n"env": "prod",\n"l\\u00edngua": "pt",\n"priority": "high"\n}	support	ba2ff0e8-47a6-5aa5-99ff-0725ba2e757f	1795544496014219	\N	\N	\N	1795544498752067	1795544498776262	44	f	\N	10	4	4	2	2	17	5	\N	2	0	[]	ticket-4711\nuser:7\nenv=prod\nlíngua=pt\npriority=high
default	refund	conversation-refund	refund	\N	ag2	user:8	{}	clerk	3e2750ed-c79f-554d-a08c-74cd8400c18a	1795544496097235	\N	\N	\N	1795544498784388	1795544498804178	21	f	\N	6	2	2	0	0	\N	\N	\N	1	0	[]	refund\nuser:8
default	delegated	conversation-delegated	delegated	\N	ag2	\N	{}	boss	cb3d221a-86ad-5600-95c1-a3712518d7da	1795544496131745	\N	\N	\N	1795544498816518	1795544498876317	18	f	\N	4	1	1	0	0	17	5	\N	1	0	[]	delegated\n
default	9091cce8-8214-4b33-9910-cacbdd5b8be3	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	delegated	conversation-delegated	ag2	\N	{}	expert	9091cce8-8214-4b33-9910-cacbdd5b8be3	1795544496148809	\N	\N	\N	1795544498836185	1795544498867114	14	f	\N	4	1	1	0	0	17	5	\N	0	0	[]	9091cce8-8214-4b33-9910-cacbdd5b8be3\n
default	compacted	conversation-compacted	compacted	\N	ag2	\N	{}	talker	9cfdfedd-1253-56cf-a0e0-bac1459ca0e3	1795544496178642	\N	\N	\N	1795544498880146	1795544498907968	40	f	\N	6	0	0	0	0	51	15	\N	3	0	[]	compacted\n
default	cancelled	conversation-cancelled	cancelled	\N	ag2	\N	{}	waiter	3476594a-12be-56de-8318-5078af6c1c6a	1795544496230488	\N	\N	\N	1795544498916639	1795544498933591	22	f	\N	4	1	1	0	0	\N	\N	\N	2	1	[]	cancelled\n
default	inbox	conversation-inbox	inbox	\N	ag2	\N	{}	reader	ac8933b8-07af-5003-a10b-a7ba82e3dba8	1795544496269545	\N	\N	\N	1795544498944697	1795544498944697	9	f	\N	2	0	0	0	0	\N	\N	\N	1	0	[]	inbox\n
default	closed	conversation-closed	closed	\N	ag2	\N	{\n"env": "test"\n}	brief	453fc1c5-0e59-509d-8186-c6b3afc85b6c	1795544496288569	\N	1795544496302871	\N	1795544498955600	1795544498955600	15	t	resolved	2	0	0	0	0	17	5	\N	1	0	[]	closed\n\nenv=test
default	golden/3#1	conversation-golden/3#1	golden/3#1	\N	tau-bench	\N	{\n"task": "3",\n"trial": "1"\n}	\N	\N	\N	\N	\N	\N	1795544498958439	1795544498958439	9	t	\N	7	2	2	1	1	\N	\N	\N	0	0	[]	golden/3#1\n\ntask=3\ntrial=1
default	golden/bike-talk	conversation-golden/bike-talk	golden/bike-talk	\N	tau2	\N	{\n"task": "b1",\n"trial": "0",\n"domain": "bikes"\n}	none	\N	1746515290000001	2025-05-06T07:08:10.000001	1746515340000000	2025-05-06T07:09:00	1795544498992507	1795544498992507	5	t	user_stop	3	2	2	1	1	3625	24	0.0025	0	0	[]	golden/bike-talk\n\ntask=b1\ntrial=0\ndomain=bikes
default	interrupted	conversation-interrupted	interrupted	\N	ag2	user:9	{}	mortal	2bdddaf6-dc49-500c-a38d-bfa923abaea7	1795544497787535	\N	\N	\N	1795544499096544	1795544499115942	10	f	\N	2	1	0	0	0	\N	\N	\N	1	0	["call_1"]	interrupted\nuser:9
acme & söhne	closed	conversation-closed	closed	\N	ag2	\N	{\n"env": "test"\n}	brief	453fc1c5-0e59-509d-8186-c6b3afc85b6c	1795544497853304	\N	1795544497886861	\N	1795544499811437	1795544499839695	15	t	resolved	2	0	0	0	0	17	5	\N	1	0	[]	closed\n\nenv=test
\.


--
-- Data for Name: snapshots; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.snapshots (tenant, stream, fold, version, code_version, digest, state, taken_at) FROM stdin;
\.


--
-- Data for Name: streams; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.streams (tenant, name, version, digest, session, parent_stream, parent_version, tombstoned_at) FROM stdin;
default	content-c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0	1	\\xd07d016dcc21bc16dc343adb6b24aaf45b6f91c371d0b993afe23bb97dc91352	\N	\N	\N	\N
default	order-1	8	\\xe14781b787a80a1cf6d7a59ee027aeff0815a12621814090b46be35321e14f6a	\N	\N	\N	\N
default	order-Zweig 二-x	1	\\xdeb9990e6378357220457e4679628cfeb72760792a924eaeb45839f722e20b69	stock take	\N	\N	\N
default	stock_take-a-b	2	\\x0105777be82d2fd16d03e9f6d9d13ad5100a0108fef755cd219a67b5ebd66067	stock take	\N	\N	\N
default	content-de8c09980ad01f98b37af18523e4cfc837b8ed6ce368b317eeb11022cf8e3e6e	1	\\xc7f5d0dec1f391e18eacc03af5c7ebb91ae317eae8e7f64b0b33a83d3fc735d9	\N	\N	\N	\N
default	content-19e374deca003bec004c9326904750be58225e0a4c32ff89b1e1ed4b8bdd7c8a	1	\\x086e622324004593e37c44163a953d41114ce9ebc4617f6b8c0668138598c965	\N	\N	\N	\N
default	content-92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc	1	\\x269d5cc58cf3a61b8b3711cc0d5ad3c0449344d8debaf66098ec48f382d6fdeb	\N	\N	\N	\N
default	conversation-ticket-4711	49	\\xb5beeb41af7f14f63d76238320547c58369ff4f4586d137839bb697b8c547be4	ticket-4711	\N	\N	\N
default	content-35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56	1	\\x0636f41f550eed145be22a627329c0ad61787bd4ad9c259f932e962e0f7ad64a	\N	\N	\N	\N
default	content-cc4932aa9482974f3e7541d891675004ae046edf9b591089b9437bee676d7ece	1	\\x0731d6a57e00b1b2684b8bdd115c578c83ff921b2a7156f5a9b595e101fc1adc	\N	\N	\N	\N
default	conversation-refund	26	\\xfcdeeae52a914a4216bfe7d86b22f377007f8d5086600e3e6ab47c2810cb0f74	refund	\N	\N	\N
default	content-1640d5430d97d9d7a39159f685733c18f89996c4ffe7418edb080860c7df0a05	1	\\xab69866c112323656d10be097203260b93676a6f95e92a574dd7aef09cc38d74	\N	\N	\N	\N
acme & söhne	order-Zweig 二-x	1	\\x295d00e5714971fd098dacbdd3e406dacfffe3a248797428a54b672125e600ce	stock take	\N	\N	\N
default	content-1db4c9de52fbb124a6916b76d91c05668c7228040b3c50bbb658850d88c3b4e7	1	\\x6d4b0f0b9e06a8623acb94ef69f5b3f0a7e836459c34adfea35779255488da48	\N	\N	\N	\N
default	content-cab7fb2bbcd3d57d75cd21957cc324cfe884dcce73b53c5c61d203203755c63c	1	\\x37d41d516fae0f6a58036a358f77df3f63c840d921906111130c344f12ed8b2a	\N	\N	\N	\N
default	conversation-9091cce8-8214-4b33-9910-cacbdd5b8be3	14	\\xb64496c426d77fcac760a483e4445828cfe4cbfa9b189b05e796d13a0fc01aab	delegated	\N	\N	\N
default	conversation-delegated	23	\\x453995ac22f93ab4cbbe81331728a4a42d366e4d1a47c833052e42d7445ff706	delegated	\N	\N	\N
default	content-718e023a879845caaee1b4340271203e744e5f393b7ed311f0e57138dd362de3	1	\\xc830707d14ee769d5ff79b629e8fee833b4d6bb5da857c569aa8ef60ed68d765	\N	\N	\N	\N
acme & söhne	stock_take-a-b	2	\\xf3a7a6e7e3f17452827067f228cc8c1d76c2ac3e979947cd439e10edf0b27b0a	stock take	\N	\N	\N
default	content-dd06b117eb722da1826df5eaa8389a6f5baacec513a878289bdae824f5a05e09	1	\\x8773a9b1de22094a1d8004096a6297cbf8c08dbfb699fe6a1b3a4d89cddf694b	\N	\N	\N	\N
default	content-e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b	1	\\x2e5393bb267ccb6a44a43c1b99b4ead480d794efe04bed9bc6bea7af6e5e7986	\N	\N	\N	\N
default	conversation-compacted	45	\\xeff852cb4888f7ae427f179b69071567dc9a34777e17da9e51a18c598a6af8b7	compacted	\N	\N	\N
default	content-93cc97a0cfc2d8a1fb23ebbc7d79e51fab7bd7f00655021eace451dffa6676cf	1	\\x67fef21beb6dcf35823bdd26f813953399e737d6b007d73ed02b57aaee208187	\N	\N	\N	\N
default	conversation-cancelled	22	\\x9850ac2955254af2798687e420d1ee8c4248d794ceafd076bde2b12e95d32564	cancelled	\N	\N	\N
default	conversation-inbox	15	\\xcef5976d77e04bbd01dead671d23d78e77a29f4435449ced7e4d9b73b1853960	inbox	\N	\N	\N
default	conversation-golden/3#1	9	\\x1bad8beb0ffa6eb36f53869913098526200d325fab49af91a665b09d084d6976	golden/3#1	\N	\N	\N
default	content-17e837025230d180006c60c2dfcdf11403ea035500aebf9d3c3be77e01a78682	1	\\x82b79a664fb5494ecc65f1a82110f4f36b69aad2b665272a86919e2f7abf4029	\N	\N	\N	\N
default	content-6ffd2d440379956bc4c1916215bfa3eaa19bfd56e8666d913de41af8f1590085	1	\\x65c48d3d128d005265751f56616e44191b2fc2602a299c42efb1ee113b98e050	\N	\N	\N	\N
default	content-62cc967da32fd3fc9a2ad1100b6f371f55ba8d9c7939f8511fee29645c4cd8a1	1	\\x7d90249c699b932beefef8da7508d0811563f2b14c44262e861df622fbd6b049	\N	\N	\N	\N
default	conversation-golden/bike-talk	5	\\x1dd119d0286b14e610148f09420decdbdc60f9445df90a231c0376b3939b4f1a	golden/bike-talk	\N	\N	\N
default	chat-1	4	\\x1eee227617f7b9b6825dc6f2b8402f610ca68c1d44b423efe9261baf63753d5d	\N	\N	\N	\N
default	chat-2	4	\\x0bf028ef35683adfa3fc3a6c3254df805d403f9745dac48051e14f0269d62eb0	what-if	chat-1	2	\N
default	stream-chat-3	1	\\xd3a8b19db2c8404eb44325291baf7d3bde11fb01d459b11fc3d1360d0ea92253	\N	\N	\N	\N
default	stream-chat-2	2	\\x49539851d80cbe1c6b7b3ee7869e73dafef686007a2c4873b591f90163cf0167	what-if	\N	\N	\N
default	stream-chat-4	2	\\xde7bd7f9a703f8ef5439bf984c9223b405a048e591ba041ef5254b45320b981f	\N	\N	\N	\N
default	content-111da89622da68d509b97ab213c5a429c0ecd373a8537708a18cf8633a79c4d8	1	\\xd718ec1c37f969e915275a7fbde8fe994f1a47a2555d5be033688995d3725cb2	\N	\N	\N	\N
default	conversation-interrupted	10	\\xdb3994ea3627970ce77a96ffb4e77f39f850311f89f645c421906858d70ce557	interrupted	\N	\N	\N
default	access-2026-11-24	1	\\xd0e7b4ffcac4c5c9c0024e2b89a4c14e2e8bfb02ce1a712f825689d876177dd3	\N	\N	\N	\N
default	chat-3	3	\\x21ffb3b5a0fcea81e461688f4e1aa121cf20b933d5959bb8e96ea197a8aaae9e	\N	chat-2	3	\N
default	chat-4	2	\\x2c159c601cde4fc2fee3cb5b34e2bc99a9146c849b10f34b71fe41e4ff4261c1	\N	chat-1	1	1795544499163693
default	conversation-closed	16	\\xe16bb78b1f7a1467915489f9a5eabb506dca1273617887f22037f97d32c1534a	closed	\N	\N	\N
acme & söhne	content-c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0	1	\\xbf80dfdc1cdf27ea18d540452e39f8dcd69e0b9e88064118e17161b485fa9bc1	\N	\N	\N	\N
acme & söhne	order-1	8	\\x6e4a341c177d4134c47f64572d6e7704670c445834f5a2b83a6d313b8607301b	\N	\N	\N	\N
acme & söhne	content-35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56	1	\\x4fbec2507d63c8627fe07d3d53894b04ba123849f47826d6715f41f933204b57	\N	\N	\N	\N
acme & söhne	content-e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b	1	\\x10bbd0dded8081b90e1cdb2d1ff3475f4b37ab687f6a7e6a3cc865ef67558565	\N	\N	\N	\N
acme & söhne	content-92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc	1	\\xf0d9b58f79e723d93dab020e65ecb25a762272d9369db830f5159947d90c7b74	\N	\N	\N	\N
acme & söhne	conversation-closed	15	\\x2d572811998e2accf82b4bdf63c4146965d48c79343585f7638fdcac0e1583d9	closed	\N	\N	\N
\.


--
-- Name: events_position_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.events_position_seq', 305, true);


--
-- Name: consumer_checkpoints consumer_checkpoints_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.consumer_checkpoints
    ADD CONSTRAINT consumer_checkpoints_pkey PRIMARY KEY (tenant, consumer_group, partition);


--
-- Name: consumer_groups consumer_groups_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.consumer_groups
    ADD CONSTRAINT consumer_groups_pkey PRIMARY KEY (tenant, name);


--
-- Name: epochs epochs_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.epochs
    ADD CONSTRAINT epochs_pkey PRIMARY KEY (epoch);


--
-- Name: events events_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY ("position");


--
-- Name: leases leases_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (tenant, resource);


--
-- Name: log_info log_info_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.log_info
    ADD CONSTRAINT log_info_pkey PRIMARY KEY (key);


--
-- Name: parked_events parked_events_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.parked_events
    ADD CONSTRAINT parked_events_pkey PRIMARY KEY (tenant, consumer_group, event_tenant, event_id);


--
-- Name: projection_builds projection_builds_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projection_builds
    ADD CONSTRAINT projection_builds_pkey PRIMARY KEY (tenant, name, build);


--
-- Name: projection_checkpoints projection_checkpoints_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projection_checkpoints
    ADD CONSTRAINT projection_checkpoints_pkey PRIMARY KEY (tenant, name, build, partition);


--
-- Name: projection_parked_events projection_parked_events_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projection_parked_events
    ADD CONSTRAINT projection_parked_events_pkey PRIMARY KEY (tenant, name, build, event_id);


--
-- Name: projections projections_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projections
    ADD CONSTRAINT projections_pkey PRIMARY KEY (tenant, name);


--
-- Name: retold_version retold_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.retold_version
    ADD CONSTRAINT retold_version_pkc PRIMARY KEY (version_num);


--
-- Name: sessions_v1_1 sessions_v1_1_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sessions_v1_1
    ADD CONSTRAINT sessions_v1_1_pkey PRIMARY KEY (tenant, session);


--
-- Name: snapshots snapshots_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.snapshots
    ADD CONSTRAINT snapshots_pkey PRIMARY KEY (tenant, stream, fold, version);


--
-- Name: streams streams_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.streams
    ADD CONSTRAINT streams_pkey PRIMARY KEY (tenant, name);


--
-- Name: events uq_events_event_id; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events
    ADD CONSTRAINT uq_events_event_id UNIQUE (event_id, tenant);


--
-- Name: events uq_events_stream_version; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events
    ADD CONSTRAINT uq_events_stream_version UNIQUE (tenant, stream, version);


--
-- Name: ix_events_correlation_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_events_correlation_id ON public.events USING btree (correlation_id);


--
-- Name: ix_events_order; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_events_order ON public.events USING btree (epoch, transaction_id, "position");


--
-- Name: ix_sessions_ag2_stream_id_v1_1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sessions_ag2_stream_id_v1_1 ON public.sessions_v1_1 USING btree (tenant, ag2_stream_id);


--
-- Name: ix_sessions_recorded_from_v1_1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sessions_recorded_from_v1_1 ON public.sessions_v1_1 USING btree (tenant, recorded_from, session);


--
-- Name: ix_sessions_root_session_v1_1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_sessions_root_session_v1_1 ON public.sessions_v1_1 USING btree (tenant, root_session);


--
-- Name: ix_streams_session; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_streams_session ON public.streams USING btree (tenant, session);


--
-- Name: events events_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER events_no_change BEFORE DELETE OR UPDATE ON public.events FOR EACH ROW EXECUTE FUNCTION public.retold_refuse_change();


--
-- Name: events events_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION public.retold_refuse_change();


--
-- PostgreSQL database dump complete
--


