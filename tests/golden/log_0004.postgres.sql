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
1	7711771414830889073/1	1795543043362021
\.


--
-- Data for Name: events; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.events ("position", tenant, stream, version, event_id, type, schema_version, data, metadata, correlation_id, causation_id, occurred_at, recorded_at, digest, transaction_id, epoch) FROM stdin;
1	default	order-1	1	01970000-0000-7000-8000-000000000000	order.opened	1	{}	{}	\N	\N	\N	1795543043457034	\\x71bca520fc08b71d943407571bdb4d3aa54846f4d41f554df29ad6fa8368e057	130622	1
2	default	order-1	2	01970000-0000-7000-8000-000000000001	order.placed	2	{"":""," ":" ","null":null,"true":true,"nested":{"a":[{"b":[[],{}]}]}}	{"session":"order/1","n":1}	case-1	01970000-0000-7000-8000-000000000000	-1	1795543043457034	\\x2523cd9f94c0eb3c9801ca5f1311f5fe9b0705f68cb92c242b5eba3e1bba3dd3	130622	1
3	default	order-1	3	01970000-0000-7000-8000-000000000002	order.placed	3	{"text":"Ünïcödé 漢字 😀 é é \\"\\\\/ \\u0000\\u0007\\u001f ﻿"}	{}	\N	01970000-0000-7000-8000-000000000001	1709189100000000	1795543043457034	\\x284e68c6ee66d434cfac856b1ff7a14dab95ad5f3dc04ec844c76098b07515b2	130622	1
4	default	order-1	4	01970000-0000-7000-8000-000000000003	order.placed	1	{"2**53+1":9007199254740993,"max":9223372036854775807,"min":-9223372036854775808,"unsigned":18446744073709551615,"zero":0}	{"session":"order/1","n":3}	case-1	01970000-0000-7000-8000-000000000002	-62135596800000000	1795543043457034	\\xaae86c000307e303e0405f4e136d614cc1e2e3e87a72a4d7b42d73851d5f39f8	130622	1
5	default	order-1	5	01970000-0000-7000-8000-000000000004	order.placed	2	{"tenth":0.1,"tiny":5e-324,"huge":1.7976931348623157e+308,"negative_zero":-0.0}	{}	\N	01970000-0000-7000-8000-000000000003	253402300799999999	1795543043457034	\\x89028806f9d91b805e2598e1e0dd4d8da330bca1fa46710adc5d1be74d210c9e	130622	1
6	default	order-1	6	01970000-0000-7000-8000-000000000005	order.placed	3	{"$":"tuple","items":[1,2]}	{"session":"order/1","n":5}	case-1	01970000-0000-7000-8000-000000000004	\N	1795543043457034	\\xf0aa690cb2252f80e4e325f9b136dea1321c8c61cf6c344199aee58ab93fc0eb	130622	1
7	default	order-1	7	01970000-0000-7000-8000-000000000006	order.placed	1	{"keys":{"0":0,"1":1,"2":2,"3":3,"4":4,"5":5,"6":6,"7":7,"8":8,"9":9,"10":10,"11":11},"deep":[[[[[[[[["bottom"]]]]]]]]]}	{}	\N	01970000-0000-7000-8000-000000000005	-1	1795543043457034	\\xf93626409cd431ac22fd73d4440bf6375ad5bf280ac86e5cf59b8a14473275b4	130622	1
8	default	content-c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0	1	00000000-0000-7d4e-a89f-4f3d564d2744	content.recorded	1	{"kind":"note","content":{"a":[1.5,null],"b":"ß"}}	{}	\N	\N	\N	1795543043464706	\\x19a78f6801c8f2c76fc34e4824549c6e8be2fffaba5f271bedab3c3e3ea20323	130624	1
9	default	order-1	8	01a20eb4-8584-7619-b771-4782b44dfc0d	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795543043467839	\\xbf2571a521f3d00c58b10f66b96e3893de4d8ebaa545781441ee27f4ce70a73f	130625	1
10	default	order-Zweig 二-x	1	01a20eb4-8584-7619-b771-478382af73f8	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795543043471193	\\xfba750ebc6559ba06bedf309bda532123b171040f7a3c615a4f0e51ae3ea79b0	130626	1
11	default	stock_take-a-b	1	01a20eb4-8584-7619-b771-4784119c1416	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795543043473208	\\x270ec9cc95a160d229fd86fca39765153d0fb541ab047c4e2d4fe58e44b4bc2e	130628	1
12	default	stock_take-a-b	2	01a20eb4-8584-7619-b771-4785d86ae132	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795543043473208	\\x206a70e83812885e00c276ad392293377d217d3d116f9e1c7cc08195ed29a513	130628	1
13	default	conversation-ticket-4711	1	01a20eb4-858f-71d0-a0c0-d87a242fa279	conversation.started	1	{"source":"ag2","ag2_stream_id":"ba2ff0e8-47a6-5aa5-99ff-0725ba2e757f","subject":"user:7","tags":{"env":"prod","língua":"pt"},"agent":"support"}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c"}	01a20eb4-858f-71d0-a0c0-d8788810455c	\N	1795543041423948	1795543043475200	\\xaf47b91ea8ce6add5daf185425a3aa864d31dc3ffe3e8beaefa98c3ad96d3629	130629	1
14	default	conversation-ticket-4711	2	01a20eb4-858f-71d0-a0c0-d879524c6ea7	turn.started	1	{"turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support","owner":"recorder:25641:36045dec","fencing_token":1,"implicit":false}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-858f-71d0-a0c0-d87a242fa279	1795543041423667	1795543043475200	\\x450e0d1ff24a58c1798cbc6c9f457f002c93f88799f8cca36c0e86b9e2ae8de6	130629	1
15	default	conversation-ticket-4711	3	01a20eb4-8591-74d7-a277-ba9a098f95f5	turn.stage_finished	1	{"turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":1.804}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-858f-71d0-a0c0-d879524c6ea7	1795543041425254	1795543043475200	\\xc098361df2e318c8c562473c10cc650e745894c48f6d3cabe45c95f5d6d05841	130629	1
16	default	conversation-ticket-4711	4	01a20eb4-8591-74d7-a277-ba9b92020c58	conversation.variables_changed	1	{"changed":{"name":"Zoë","limits":{"$":"tuple","items":[1,2.5,null]},"since":{"$":"datetime","iso":"2026-02-03T00:00:00+00:00"}},"removed":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-858f-71d0-a0c0-d879524c6ea7	1795543041425290	1795543043475200	\\xc6e701aa7bfcd840b7865b214f6a4c4fd45fa703e741150a9794e3cc6c882a09	130629	1
17	default	conversation-ticket-4711	5	01a20eb4-8591-74d7-a277-ba9cfb8fbe69	turn.stage_finished	1	{"turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.121}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-858f-71d0-a0c0-d879524c6ea7	1795543041425314	1795543043475200	\\x545959ebc1f20167b16f728e55bdc0058a799314843f771eae4c5dea2a73e5a6	130629	1
18	default	conversation-ticket-4711	6	01a20eb4-85a6-7636-ae6a-e5dad2bcfe0b	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795543041.4262648,"parts":[{"$":"ag2.TextInput","created_at":1795543041.4250426,"metadata":{},"content":"Wo ist mein Paket?"}]},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-858f-71d0-a0c0-d879524c6ea7	1795543041426265	1795543043475200	\\xa93f39d228f931b60e76e97feb00606c28344693b47cf83a565c55dbe22542c4	130629	1
19	default	content-de8c09980ad01f98b37af18523e4cfc837b8ed6ce368b317eeb11022cf8e3e6e	1	00000000-0000-72f2-8b02-7fccf100e9aa	content.recorded	1	{"kind":"prompt","content":["You help customers, très gentiment."]}	{}	\N	\N	\N	1795543043477214	\\xaf211609d73da9452b6e902aea8e6643548d05fbcdac1ab396df4dbe7f9b7348	130631	1
20	default	content-19e374deca003bec004c9326904750be58225e0a4c32ff89b1e1ed4b8bdd7c8a	1	00000000-0000-719a-9db9-86129bb1a1f6	content.recorded	1	{"kind":"tools","content":[{"defer_loading":false,"function":{"description":"Find a parcel.","name":"find_parcel","parameters":{"properties":{"number":{"title":"Number","type":"integer"}},"required":["number"],"type":"object"}},"type":"function"},{"defer_loading":false,"function":{"description":"Fail.","name":"lose_parcel","parameters":{"properties":{"number":{"title":"Number","type":"integer"}},"required":["number"],"type":"object"}},"type":"function"}]}	{}	\N	\N	\N	1795543043478982	\\x81cc80cb2508711e7864d993e5919d56bd5daac14a7dbedfb04d718cc30b2ea6	130632	1
21	default	content-92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc	1	00000000-0000-7410-b410-bf3840f79e54	content.recorded	1	{"kind":"parameters","content":{}}	{}	\N	\N	\N	1795543043480508	\\x1315d174d533fec277f4685f589b31f5a686fe1243e267ceb4b05b0362d7031f	130633	1
54	default	conversation-ticket-4711	39	01a20eb4-85cf-777f-9f56-06415b5c914f	turn.stage_finished	1	{"turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","stage":"bootstrap","ok":true,"detail":{"version":37,"history":19},"duration_ms":1.417}	{"session":"ticket-4711","turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","agent":"support"}	case-1	01a20eb4-85ce-72e2-9856-54e2f9032de9	1795543041487475	1795543043482394	\\x5f6eca9bc780ddbdc52a33a301526863151d9ed763f970578dba1b1c0097f177	130635	1
22	default	conversation-ticket-4711	7	01a20eb4-85a9-74ea-af67-3f6bd4fae464	model.call_started	1	{"call":"01a20eb4-85a8-734c-97dd-36ef5475d35d","attempt":1,"model":"scripted","messages":[{"first":6,"last":6}],"request_hash":"2d7c0ef15926d4a2ba494db8cc5e053f12b9e03ced5430e8c27db0c022d74ace","prompt_hash":"de8c09980ad01f98b37af18523e4cfc837b8ed6ce368b317eeb11022cf8e3e6e","tools_hash":"19e374deca003bec004c9326904750be58225e0a4c32ff89b1e1ed4b8bdd7c8a","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85a6-7636-ae6a-e5dad2bcfe0b	1795543041449795	1795543043482394	\\x6b5eec8d3a70e0460e03d4c8058e4fbe0c53030afca54539825e43126b4fb81a	130635	1
23	default	conversation-ticket-4711	8	01a20eb4-85aa-7703-8057-518e229a5c91	model.call_completed	1	{"call":"01a20eb4-85a8-734c-97dd-36ef5475d35d","response":{"$":"ag2.ModelResponse","created_at":1795543041.450395,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.4503844,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.4130785,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"},{"$":"ag2.ToolCallEvent","created_at":1795543041.4131079,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{\\"number\\": 9007199254740993}","name":"find_parcel"}]}},"published":[],"usage":{},"latency_ms":0.171}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85a9-74ea-af67-3f6bd4fae464	1795543041450564	1795543043482394	\\x2aa83e28acd5d6bca3c7870f26ec696142ed82aac1289bb6a7d81e0aa3676c20	130635	1
24	default	conversation-ticket-4711	9	01a20eb4-85ab-71e3-8a0b-17d9b83d6645	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.450395,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.4503844,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.4130785,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"},{"$":"ag2.ToolCallEvent","created_at":1795543041.4131079,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{\\"number\\": 9007199254740993}","name":"find_parcel"}]}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85aa-7703-8057-518e229a5c91	1795543041450395	1795543043482394	\\x5da1c69a41e8c6d0d6963c0d5ac828746bb8bf8b2f9a4c01021ce83e22517466	130635	1
25	default	conversation-ticket-4711	10	01a20eb4-85ad-72ea-8131-3fdd38505247	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795543041.4503844,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.4130785,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"},{"$":"ag2.ToolCallEvent","created_at":1795543041.4131079,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{\\"number\\": 9007199254740993}","name":"find_parcel"}]},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85ab-71e3-8a0b-17d9b83d6645	1795543041450384	1795543043482394	\\xa6756352d1ddd5ad817910d3db37b64bd8a65f95ddd3cf2d6f303363b50c54b7	130635	1
26	default	conversation-ticket-4711	11	01a20eb4-85af-7615-9e3d-766cfed665e3	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795543041.4130785,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85ad-72ea-8131-3fdd38505247	1795543041413079	1795543043482394	\\x81f37fa325d2e61df0b87d4ff849eab63084d76574a34066782aaa986978faa9	130635	1
27	default	conversation-ticket-4711	12	01a20eb4-85b0-756e-bb15-57a5f55e9492	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795543041.4131079,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{\\"number\\": 9007199254740993}","name":"find_parcel"},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85ad-72ea-8131-3fdd38505247	1795543041413108	1795543043482394	\\x8a277b9cee8f7f2297f5c36e7ac6c2fdbf9bcbcb01cb3138d4ae3adc7d440f50	130635	1
28	default	conversation-ticket-4711	13	01a20eb4-85b1-76a1-b759-56cc10907870	conversation.event_recorded	1	{"event":{"$":"unregistered","type":"shop.events.Noticed","kind":"event","fields":{"created_at":1795543041.4569638,"what":"parcel 7"}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85b0-756e-bb15-57a5f55e9492	1795543041456964	1795543043482394	\\x152a2df0e49c8fe34ee2da4496ff86c7979ead1b29479c2ca8a00d6e35c44bde	130635	1
29	default	conversation-ticket-4711	14	01a20eb4-85b2-75bb-a411-8540dd7108ad	conversation.event_recorded	1	{"event":{"$":"unregistered","type":"shop.events.Noticed","kind":"event","fields":{"created_at":1795543041.4581702,"what":"parcel 9007199254740993"}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85b1-76a1-b759-56cc10907870	1795543041458170	1795543043482394	\\x27828c9996a78a595f4d082695c7033dae37a76d2b099bf6f4ca362971e578d8	130635	1
30	default	conversation-ticket-4711	15	01a20eb4-85b3-7037-b409-a7b349403eb6	conversation.variables_changed	1	{"changed":{"found":9007199254740993},"removed":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85b2-75bb-a411-8540dd7108ad	1795543041459481	1795543043482394	\\x3f0c3c61480e5d0736e9f0a218a704d3fe228d06e50ad1cde88b3816a2e78654	130635	1
31	default	conversation-ticket-4711	16	01a20eb4-85b4-74f4-b999-72c461ee635c	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultEvent","created_at":1795543041.4593434,"parent_id":"call_2","name":"find_parcel","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.DataInput","created_at":1795543041.4593349,"metadata":{},"data":{"number":9007199254740993,"weight_kg":1.25,"where":"Zürich 🚚","signed":null}}],"final":false,"metadata":{}}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85b0-756e-bb15-57a5f55e9492	1795543041459343	1795543043482394	\\xc8d1c0cf436b10b7bee05982c6a72135ffeb60dc0e3f3708b844b05506ab71dd	130635	1
32	default	conversation-ticket-4711	17	01a20eb4-85b5-71b3-998d-03fa05c13795	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultEvent","created_at":1795543041.4586048,"parent_id":"call_1","name":"find_parcel","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.DataInput","created_at":1795543041.458591,"metadata":{},"data":{"number":7,"weight_kg":1.25,"where":"Zürich 🚚","signed":null}}],"final":false,"metadata":{}}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85af-7615-9e3d-766cfed665e3	1795543041458605	1795543043482394	\\x4a56b4fbcacc253b69c23fc40cca71df69885757de74f6806db5f910d2a8bf2d	130635	1
33	default	conversation-ticket-4711	18	01a20eb4-85b6-7227-8126-49f43a41ab8d	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultsEvent","created_at":1795543041.4621134,"results":[{"$":"ag2.ToolResultEvent","created_at":1795543041.4586048,"parent_id":"call_1","name":"find_parcel","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.DataInput","created_at":1795543041.458591,"metadata":{},"data":{"number":7,"weight_kg":1.25,"where":"Zürich 🚚","signed":null}}],"final":false,"metadata":{}}},{"$":"ag2.ToolResultEvent","created_at":1795543041.4593434,"parent_id":"call_2","name":"find_parcel","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.DataInput","created_at":1795543041.4593349,"metadata":{},"data":{"number":9007199254740993,"weight_kg":1.25,"where":"Zürich 🚚","signed":null}}],"final":false,"metadata":{}}}]},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85b5-71b3-998d-03fa05c13795	1795543041462113	1795543043482394	\\xd2da2cd9c64a2e3adb4c3f677e68cc65c82cc888dbad9fe077ca52a25cd44e4f	130635	1
34	default	conversation-ticket-4711	19	01a20eb4-85b7-735f-8e2f-700dbef01baa	model.call_started	1	{"call":"01a20eb4-85b7-735f-8e2f-700c294e54a9","attempt":1,"model":"scripted","messages":[{"first":6,"last":6},{"first":9,"last":14},{"first":16,"last":18}],"request_hash":"4c3f8c7c50d35560b5ab4d2e1ee7bf763dbef95afdd96cc2a187b72f7b8103a4","prompt_hash":"de8c09980ad01f98b37af18523e4cfc837b8ed6ce368b317eeb11022cf8e3e6e","tools_hash":"19e374deca003bec004c9326904750be58225e0a4c32ff89b1e1ed4b8bdd7c8a","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85b6-7227-8126-49f43a41ab8d	1795543041463908	1795543043482394	\\xbb7a591488a52f561fe3e7150f5eb68523ecb8e31d556ec8efee48293d289b13	130635	1
35	default	conversation-ticket-4711	20	01a20eb4-85b8-7122-bd40-bc76264d55a0	model.call_completed	1	{"call":"01a20eb4-85b7-735f-8e2f-700c294e54a9","response":{"$":"ag2.ModelResponse","created_at":1795543041.4645445,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.4645371,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.41312,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 8}","name":"lose_parcel"},{"$":"ag2.ToolCallEvent","created_at":1795543041.4131286,"vendor_metadata":{},"source":null,"id":"call_3","arguments":"{}","name":"fly"}]}},"published":[],"usage":{},"latency_ms":0.154}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85b7-735f-8e2f-700dbef01baa	1795543041464663	1795543043482394	\\x48ad99b9fa29eee8c21d41697baafde8d9b04fa48d69e6b90f903f350ad47cae	130635	1
36	default	conversation-ticket-4711	21	01a20eb4-85b9-734b-9547-324eff4de0d0	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.4645445,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.4645371,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.41312,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 8}","name":"lose_parcel"},{"$":"ag2.ToolCallEvent","created_at":1795543041.4131286,"vendor_metadata":{},"source":null,"id":"call_3","arguments":"{}","name":"fly"}]}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85b8-7122-bd40-bc76264d55a0	1795543041464545	1795543043482394	\\x4631b335085d5fd9f11dc2cbd9d47ad04f489a71cc98be9d628d735c0f3250b7	130635	1
37	default	conversation-ticket-4711	22	01a20eb4-85ba-75e8-aa0c-726468345ccb	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795543041.4645371,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.41312,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 8}","name":"lose_parcel"},{"$":"ag2.ToolCallEvent","created_at":1795543041.4131286,"vendor_metadata":{},"source":null,"id":"call_3","arguments":"{}","name":"fly"}]},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85b9-734b-9547-324eff4de0d0	1795543041464537	1795543043482394	\\x1c051b2b591459a1d4c9432d690aa4f54454ca42ac5fda3756e380caf59ba398	130635	1
38	default	conversation-ticket-4711	23	01a20eb4-85bc-716c-baba-e53e36e3bd08	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795543041.41312,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 8}","name":"lose_parcel"},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85ba-75e8-aa0c-726468345ccb	1795543041413120	1795543043482394	\\xa643db1a11bc1ce3d08e36becb9da19a88b551d7ea422a10e77bf31835c78988	130635	1
39	default	conversation-ticket-4711	24	01a20eb4-85bd-75af-a805-5d6496973b82	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795543041.4131286,"vendor_metadata":{},"source":null,"id":"call_3","arguments":"{}","name":"fly"},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85ba-75e8-aa0c-726468345ccb	1795543041413129	1795543043482394	\\xd61c65903e7f99bb2cd504648d721e680842ff10732472a76e52f9b2f12c597b	130635	1
40	default	conversation-ticket-4711	25	01a20eb4-85be-7168-84b0-219b9059769c	conversation.event_recorded	1	{"event":{"$":"ag2.ToolErrorEvent","created_at":1795543041.4702768,"parent_id":"call_1","name":"lose_parcel","error":{"$":"exception","type":"builtins.LookupError","message":"parcel 8 is lost","args":["parcel 8 is lost"]},"result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795543041.4702663,"metadata":{},"content":"LookupError: parcel 8 is lost\\n"}],"final":false,"metadata":{}}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85bc-716c-baba-e53e36e3bd08	1795543041470277	1795543043482394	\\xb37ad071bd2ee9b0abd361f7ebd3b8adc67c20ade447b2ed20141a4c540edeee	130635	1
41	default	conversation-ticket-4711	26	01a20eb4-85bf-7273-9fdf-1bef4dba24bc	conversation.event_recorded	1	{"event":{"$":"ag2.ToolNotFoundEvent","created_at":1795543041.4704096,"parent_id":"call_3","name":"fly","error":{"$":"exception","type":"ag2.ToolNotFoundError","message":"Tool `fly` not found","args":["Tool `fly` not found"]},"result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795543041.470402,"metadata":{},"content":"ag2.exceptions.ToolNotFoundError: Tool `fly` not found\\n"}],"final":false,"metadata":{}}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85bd-75af-a805-5d6496973b82	1795543041470410	1795543043482394	\\xe8d34f62e622a773578a1894e468b9d59f97555d643b970c5630c08f44e2fa0f	130635	1
55	default	conversation-ticket-4711	40	01a20eb4-85cf-777f-9f56-0642eaed9f50	turn.stage_finished	1	{"turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.13}	{"session":"ticket-4711","turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","agent":"support"}	case-1	01a20eb4-85ce-72e2-9856-54e2f9032de9	1795543041487501	1795543043482394	\\xc655003899df5afe761e54e8d9c085cf5c4f7919bdae0335a44ea400e2ba3ed1	130635	1
42	default	conversation-ticket-4711	27	01a20eb4-85c0-75d2-af5e-b78ad35bb55e	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultsEvent","created_at":1795543041.4725292,"results":[{"$":"ag2.ToolErrorEvent","created_at":1795543041.4702768,"parent_id":"call_1","name":"lose_parcel","error":{"$":"exception","type":"builtins.LookupError","message":"parcel 8 is lost","args":["parcel 8 is lost"]},"result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795543041.4702663,"metadata":{},"content":"LookupError: parcel 8 is lost\\n"}],"final":false,"metadata":{}}},{"$":"ag2.ToolNotFoundEvent","created_at":1795543041.4704096,"parent_id":"call_3","name":"fly","error":{"$":"exception","type":"ag2.ToolNotFoundError","message":"Tool `fly` not found","args":["Tool `fly` not found"]},"result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795543041.470402,"metadata":{},"content":"ag2.exceptions.ToolNotFoundError: Tool `fly` not found\\n"}],"final":false,"metadata":{}}}]},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85bf-7273-9fdf-1bef4dba24bc	1795543041472529	1795543043482394	\\xe66ec9996a369f9ec0ad708d6953db5eac387904cdef426836e7f2b683408e20	130635	1
43	default	conversation-ticket-4711	28	01a20eb4-85c2-7433-abf5-e21f9f8d641c	model.call_started	1	{"call":"01a20eb4-85c2-7433-abf5-e21e28192cd5","attempt":1,"model":"scripted","messages":[{"first":6,"last":6},{"first":9,"last":14},{"first":16,"last":18},{"first":21,"last":27}],"request_hash":"da19ae0516fd15416efa725f02fea71f3c9b63b449de4be8e095c87625450417","prompt_hash":"de8c09980ad01f98b37af18523e4cfc837b8ed6ce368b317eeb11022cf8e3e6e","tools_hash":"19e374deca003bec004c9326904750be58225e0a4c32ff89b1e1ed4b8bdd7c8a","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85c0-75d2-af5e-b78ad35bb55e	1795543041474502	1795543043482394	\\xd7c5513d7faf56a14073b1d38fa5d7fdda3affafb688946a0ed827e715c84f56	130635	1
44	default	conversation-ticket-4711	29	01a20eb4-85c3-736b-8f15-882413202eeb	model.call_completed	1	{"call":"01a20eb4-85c2-7433-abf5-e21e28192cd5","response":{"$":"ag2.ModelResponse","created_at":1795543041.4131634,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.4131703,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795543041.413151,"metadata":{},"content":"Your parcel is in Zürich. 📦"}},"published":[],"usage":{"prompt_tokens":17.0,"completion_tokens":5.0},"finish_reason":"stop","latency_ms":0.129}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85c2-7433-abf5-e21f9f8d641c	1795543041475292	1795543043482394	\\x9646f8e93344174f139405a305280c0cc58dfeaa150e3a7aaf4cb350f6221691	130635	1
45	default	conversation-ticket-4711	30	01a20eb4-85c4-760c-a759-87b901f22fa4	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795543041.475881,"label":null,"parts":[],"kind":"model_call","model":"scripted-1","provider":null,"finish_reason":"stop","usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85c3-736b-8f15-882413202eeb	1795543041475881	1795543043482394	\\x259bbcba6689d4f8bacf6a25235dcfcda6e44e51494332722690a117a9fd0966	130635	1
46	default	conversation-ticket-4711	31	01a20eb4-85c4-760c-a759-87ba2263d498	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.4131634,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.4131703,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795543041.413151,"metadata":{},"content":"Your parcel is in Zürich. 📦"}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85c3-736b-8f15-882413202eeb	1795543041413163	1795543043482394	\\x246b1e3b72a705c5066f8dac0dbd44f8b291ea824724628f8cf4ed635eb9dfed	130635	1
47	default	conversation-ticket-4711	32	01a20eb4-85c8-7131-8752-cc1bdf0bd165	turn.stage_finished	1	{"turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":51.422}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85c4-760c-a759-87ba2263d498	1795543041480164	1795543043482394	\\xcf7deb3df757af4a9952269f96c5efa633a906f3db951262006449fee5c7c39d	130635	1
48	default	conversation-ticket-4711	33	01a20eb4-85c8-7131-8752-cc1c877618e5	turn.stage_finished	1	{"turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":2.312}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85c4-760c-a759-87ba2263d498	1795543041480183	1795543043482394	\\x19b68eff6ac28e1f0065f9549c802c0cfecf7c1b772d17833dcb26cc26ea7646	130635	1
49	default	conversation-ticket-4711	34	01a20eb4-85c8-7131-8752-cc1d6379cfe8	turn.stage_finished	1	{"turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","stage":"output_composition","ok":true,"detail":{"characters":27,"reply_version":31},"duration_ms":0.079}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85c4-760c-a759-87ba2263d498	1795543041480191	1795543043482394	\\xcbd197150a8ec3f815bd2adb30ad4c0585e0f2fa867829d861f67d41254507fb	130635	1
50	default	conversation-ticket-4711	35	01a20eb4-85c8-7131-8752-cc1eca47823e	turn.stage_finished	1	{"turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","stage":"telemetry","ok":true,"detail":{"model_calls":3,"tool_results":4,"prompt_tokens":17,"completion_tokens":5,"version":31},"duration_ms":0.027}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85c4-760c-a759-87ba2263d498	1795543041480198	1795543043482394	\\x9c201ac5ba70c018efbc366f34c90ce667544166fba7649a1c81ca67f438947a	130635	1
51	default	conversation-ticket-4711	36	01a20eb4-85c8-7131-8752-cc1ffbf3f408	turn.completed	1	{"turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","duration_ms":57.012}	{"session":"ticket-4711","turn":"01a20eb4-858f-71d0-a0c0-d8788810455c","agent":"support"}	01a20eb4-858f-71d0-a0c0-d8788810455c	01a20eb4-85c4-760c-a759-87ba2263d498	1795543041480204	1795543043482394	\\xef11c956d7a2e7e412dd2e956d64e181d88dd4bb813aa42851a52215b9fdcbe6	130635	1
52	default	conversation-ticket-4711	37	01a20eb4-85cd-716b-900c-5c368521f182	turn.started	1	{"turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","agent":"support","owner":"recorder:25641:36045dec","fencing_token":2,"implicit":false}	{"session":"ticket-4711","turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","agent":"support"}	case-1	01a20eb4-85c8-7131-8752-cc1ffbf3f408	1795543041485782	1795543043482394	\\xcfb06fb3e49e4e08ac64a0a2f2e3aecd8caa435d910356063402f0d9094ecb6c	130635	1
53	default	conversation-ticket-4711	38	01a20eb4-85ce-72e2-9856-54e2f9032de9	conversation.tags_changed	1	{"tags":{"priority":"high"}}	{"session":"ticket-4711","turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52"}	case-1	01a20eb4-85cd-716b-900c-5c368521f182	1795543041486608	1795543043482394	\\xf9b6be8fdeef348ef2106178af16f0da064659316ffb16278e1716715838620d	130635	1
56	default	conversation-ticket-4711	41	01a20eb4-85d5-77e4-95f7-6fbc66c2888e	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795543041.488187,"parts":[{"$":"ag2.TextInput","created_at":1795543041.4872777,"metadata":{},"content":"Are you sure?"}]},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","agent":"support"}	case-1	01a20eb4-85cd-716b-900c-5c368521f182	1795543041488187	1795543043482394	\\x347c8bac3b07f505482335296ef1d6c38f654576df54febe8a3da202e1df185c	130635	1
57	default	conversation-ticket-4711	42	01a20eb4-85d7-727a-874d-9df5d7d43f81	model.call_started	1	{"call":"01a20eb4-85d7-727a-874d-9df4845f5639","attempt":1,"model":"scripted","messages":[{"first":6,"last":6},{"first":9,"last":14},{"first":16,"last":18},{"first":21,"last":27},{"first":30,"last":31},{"first":41,"last":41}],"request_hash":"6c87d6b67bcb17a453027fd5b1135e8f0426eaebbbc88a9dd0df49d3ff6abb0f","prompt_hash":"de8c09980ad01f98b37af18523e4cfc837b8ed6ce368b317eeb11022cf8e3e6e","tools_hash":"19e374deca003bec004c9326904750be58225e0a4c32ff89b1e1ed4b8bdd7c8a","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"ticket-4711","turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","agent":"support"}	case-1	01a20eb4-85d5-77e4-95f7-6fbc66c2888e	1795543041495896	1795543043482394	\\x01bba4e9bb1da9fe3eac3ee83373b88af9d917cace946e2e2230ce563f62c8c5	130635	1
58	default	conversation-ticket-4711	43	01a20eb4-85d9-7529-8a71-68b8b566472a	model.call_completed	1	{"call":"01a20eb4-85d7-727a-874d-9df4845f5639","response":{"$":"ag2.ModelResponse","created_at":1795543041.4969482,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.496954,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795543041.4966576,"metadata":{},"content":"As I said."}},"published":[{"$":"ag2.ModelMessage","created_at":1795543041.4966576,"metadata":{},"content":"As I said."}],"usage":{},"latency_ms":0.504}	{"session":"ticket-4711","turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","agent":"support"}	case-1	01a20eb4-85d7-727a-874d-9df5d7d43f81	1795543041497108	1795543043482394	\\x2697a772d23bd83d1436d8080913173eda5e0647a2dfae521c7be080a9eb1f3f	130635	1
59	default	conversation-ticket-4711	44	01a20eb4-85da-776f-b9d0-a13432f36df7	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.4969482,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.496954,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795543041.4966576,"metadata":{},"content":"As I said."}},"detached":false,"inbox":[]}	{"session":"ticket-4711","turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","agent":"support"}	case-1	01a20eb4-85d9-7529-8a71-68b8b566472a	1795543041496948	1795543043482394	\\x1a2bf6e68bc35e887a2743f472f2a769821b6e574f96eee769196051d2d3869d	130635	1
60	default	conversation-ticket-4711	45	01a20eb4-85dd-7050-a904-967f99e1fda2	turn.stage_finished	1	{"turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":10.687}	{"session":"ticket-4711","turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","agent":"support"}	case-1	01a20eb4-85da-776f-b9d0-a13432f36df7	1795543041501611	1795543043482394	\\x91fbd5d04e0d3da07c49a102409400442bdd87683ec1eb8022b4fbb2d83fe18c	130635	1
61	default	conversation-ticket-4711	46	01a20eb4-85dd-7050-a904-968019d1fc9d	turn.stage_finished	1	{"turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":2.497}	{"session":"ticket-4711","turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","agent":"support"}	case-1	01a20eb4-85da-776f-b9d0-a13432f36df7	1795543041501641	1795543043482394	\\xf0ad4d383f947f1bf7ac9943ee252cd5e18329d67fc9a453d38349dbc3bd4378	130635	1
62	default	conversation-ticket-4711	47	01a20eb4-85dd-7050-a904-9681433d0466	turn.stage_finished	1	{"turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","stage":"output_composition","ok":true,"detail":{"characters":10,"reply_version":44},"duration_ms":0.115}	{"session":"ticket-4711","turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","agent":"support"}	case-1	01a20eb4-85da-776f-b9d0-a13432f36df7	1795543041501653	1795543043482394	\\x2637f9125bdb05631eed3070d3d7f3327e4a3aca237b61112318743c7bbd5738	130635	1
63	default	conversation-ticket-4711	48	01a20eb4-85dd-7050-a904-9682144ba8fe	turn.stage_finished	1	{"turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","stage":"telemetry","ok":true,"detail":{"model_calls":1,"tool_results":0,"prompt_tokens":null,"completion_tokens":null,"version":44},"duration_ms":0.028}	{"session":"ticket-4711","turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","agent":"support"}	case-1	01a20eb4-85da-776f-b9d0-a13432f36df7	1795543041501664	1795543043482394	\\xa5d41ad213dc841761add5efa131c7fdea85733984fd9fa97c73bbc3c8003eb6	130635	1
64	default	conversation-ticket-4711	49	01a20eb4-85dd-7050-a904-96831cd0b397	turn.completed	1	{"turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","duration_ms":16.461}	{"session":"ticket-4711","turn":"01a20eb4-85cd-716b-900c-5c35cb5c0e52","agent":"support"}	case-1	01a20eb4-85da-776f-b9d0-a13432f36df7	1795543041501674	1795543043482394	\\xe0aea24957c17018c7373dce9bc11c3a3dad71d2d0dddcfb1fae51e483853173	130635	1
65	default	conversation-refund	1	01a20eb4-85e7-75fe-9e29-9660f97d8639	conversation.started	1	{"source":"ag2","ag2_stream_id":"3e2750ed-c79f-554d-a08c-74cd8400c18a","subject":"user:8","tags":{},"agent":"clerk"}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	\N	1795543041511357	1795543043485137	\\xfcd92c6bbda092d52109078f4d0f38a103f9474c795a97ae883a954f6e8103d9	130636	1
66	default	conversation-refund	2	01a20eb4-85e7-75fe-9e29-965fb5764cb1	turn.started	1	{"turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk","owner":"recorder:25641:36045dec","fencing_token":1,"implicit":false}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-85e7-75fe-9e29-9660f97d8639	1795543041511121	1795543043485137	\\x57ab4c1bf8c53f167367c6fc09e6c0182092437ca0c3641a35a7f6651ac73c84	130636	1
67	default	conversation-refund	3	01a20eb4-85e8-700b-aebc-5e04c202be6b	turn.stage_finished	1	{"turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":1.635}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-85e7-75fe-9e29-965fb5764cb1	1795543041512394	1795543043485137	\\x35e6f4f8d1ce542b885688b974e10f8754dfaa2c153a942ad126e7ab112c24bb	130636	1
68	default	conversation-refund	4	01a20eb4-85e8-700b-aebc-5e0516c23f83	turn.stage_finished	1	{"turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.042}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-85e7-75fe-9e29-965fb5764cb1	1795543041512422	1795543043485137	\\xdcb0b8515de0ad7dc4fc815d395490e081ecab913a34a6d49abcba4c54d8f2c7	130636	1
69	default	conversation-refund	5	01a20eb4-85ee-7222-8741-499a43547ff5	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795543041.513171,"parts":[{"$":"ag2.TextInput","created_at":1795543041.5122879,"metadata":{},"content":"Refund me!"}]},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-85e7-75fe-9e29-965fb5764cb1	1795543041513171	1795543043485137	\\x25cc92b7be6924d9133259631ab4ccde265ee8808fc91379e91837379d45cfcc	130636	1
70	default	content-35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56	1	00000000-0000-7ec6-ab79-ca8b4fd42308	content.recorded	1	{"kind":"prompt","content":[]}	{}	\N	\N	\N	1795543043486742	\\x8788688d034bcdc1f48f1632bde90f59fcf6a9d27a3d4eaf6402e5a7ee32b5d9	130637	1
71	default	content-cc4932aa9482974f3e7541d891675004ae046edf9b591089b9437bee676d7ece	1	00000000-0000-7ab1-b8b9-73cc52058689	content.recorded	1	{"kind":"tools","content":[{"defer_loading":false,"function":{"description":"Ask the human.","name":"ask_human","parameters":{"properties":{},"type":"object"}},"type":"function"},{"defer_loading":false,"function":{"description":"Give the final answer.","name":"answer","parameters":{"properties":{},"type":"object"}},"type":"function"}]}	{}	\N	\N	\N	1795543043488365	\\xcd086304c27fb892d87bcce972635d32ed3f380b804f23f0033cb9d4d92929d6	130638	1
72	default	conversation-refund	6	01a20eb4-85f1-75f5-a5d7-ba1f81c3ef14	model.call_started	1	{"call":"01a20eb4-85f0-76ab-bcf9-b681b3ca33df","attempt":1,"model":"scripted","messages":[{"first":5,"last":5}],"request_hash":"c9cd423cab4e093bfd90aa797b6863649c5cac475174b2ce63fdb869b3f77dec","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"cc4932aa9482974f3e7541d891675004ae046edf9b591089b9437bee676d7ece","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-85ee-7222-8741-499a43547ff5	1795543041521563	1795543043490051	\\x5e973c3c389cd86a356ff97785a1b5cf45c1b26bd4f54bddf3872f919e767ded	130640	1
73	default	conversation-refund	7	01a20eb4-85f2-721e-a4b4-c34b21586cf1	model.call_completed	1	{"call":"01a20eb4-85f0-76ab-bcf9-b681b3ca33df","response":{"$":"ag2.ModelResponse","created_at":1795543041.5223043,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.5222902,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.504761,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"ask_human"}]}},"published":[],"usage":{},"latency_ms":0.163}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-85f1-75f5-a5d7-ba1f81c3ef14	1795543041522482	1795543043490051	\\x4f36482afeef0207ed1b2fced2694221ebc973ae35e23e506829658aca1055af	130640	1
74	default	conversation-refund	8	01a20eb4-85f3-7692-bc5c-f1c7a35ceb2e	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.5223043,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.5222902,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.504761,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"ask_human"}]}},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-85f2-721e-a4b4-c34b21586cf1	1795543041522304	1795543043490051	\\xba3315fcacd7e9c86022d992e481003a3d9ccfd09252b0c696b497f7e3aca5cd	130640	1
75	default	conversation-refund	9	01a20eb4-85f5-7003-ba61-b24ea068f87a	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795543041.5222902,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.504761,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"ask_human"}]},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-85f3-7692-bc5c-f1c7a35ceb2e	1795543041522290	1795543043490051	\\x8f5732243eb024b3c2dd22e4b2b288c43000c0b25fe4a5807a53d2f791441aed	130640	1
76	default	conversation-refund	10	01a20eb4-85f7-70fb-8722-1fcb751c47c9	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795543041.504761,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"ask_human"},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-85f5-7003-ba61-b24ea068f87a	1795543041504761	1795543043490051	\\x7bc28536da0d70796ea0c1a52c1fc7dba1265ac9064554c639e3e67ae1f8af76	130640	1
77	default	conversation-refund	11	01a20eb4-85fb-70a6-8043-af53adbc2670	conversation.human_input_requested	1	{"event":{"$":"ag2.HumanInputRequest","created_at":1795543041.5291693,"id":"e2972183-553a-47f5-a036-c20781f7a075","task_id":null,"timeout":null,"content":"May I refund €12.50?"}}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-85f7-70fb-8722-1fcb751c47c9	1795543041531771	1795543043490051	\\xcf91cf966ed0d9fd315773b2512243b1f6aa5c592b75e586b25bba4684861e23	130640	1
78	default	conversation-refund	12	01a20eb4-85fd-71a7-a19f-1147f68654cd	conversation.event_recorded	1	{"event":{"$":"ag2.HumanMessage","created_at":1795543041.5330946,"parent_id":"e2972183-553a-47f5-a036-c20781f7a075","content":"yes"},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-85fb-70a6-8043-af53adbc2670	1795543041533095	1795543043490051	\\x4ecc7234e62041f1d0a76003ccfc46261865cbf7c3d19b4430ce1c95cdac4901	130640	1
79	default	conversation-refund	13	01a20eb4-85fe-76fb-8e9a-0e6207676f11	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultEvent","created_at":1795543041.5343187,"parent_id":"call_1","name":"ask_human","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795543041.534304,"metadata":{},"content":"yes"}],"final":false,"metadata":{}}},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-85f7-70fb-8722-1fcb751c47c9	1795543041534319	1795543043490051	\\x205c6765c903b015ae775a6d44aec105e85da806dc4a5bb9888fc7c075a0b78f	130640	1
80	default	conversation-refund	14	01a20eb4-8600-7747-9d6b-48783abb84be	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultsEvent","created_at":1795543041.5358348,"results":[{"$":"ag2.ToolResultEvent","created_at":1795543041.5343187,"parent_id":"call_1","name":"ask_human","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795543041.534304,"metadata":{},"content":"yes"}],"final":false,"metadata":{}}}]},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-85fe-76fb-8e9a-0e6207676f11	1795543041535835	1795543043490051	\\x96254e27644c112dd0526e79f81b95f3c6e4f8f357a76aa02737d6435a293d16	130640	1
81	default	conversation-refund	15	01a20eb4-8602-7684-ad9d-eb8aa6da84db	model.call_started	1	{"call":"01a20eb4-8601-74f7-9e5b-030b3ee15383","attempt":1,"model":"scripted","messages":[{"first":5,"last":5},{"first":8,"last":10},{"first":12,"last":14}],"request_hash":"29ede5f21b68d4dade8fa3afade82485a0f8a46cf399bd5408a4a77568decb47","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"cc4932aa9482974f3e7541d891675004ae046edf9b591089b9437bee676d7ece","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-8600-7747-9d6b-48783abb84be	1795543041538075	1795543043490051	\\x3ebac8707d136dfd684819b9927b1de3c4ae107fc3d43cc710e33e0d99baed26	130640	1
281	acme & söhne	order-1	6	01970000-0000-7000-8000-000000000005	order.placed	3	{"$":"tuple","items":[1,2]}	{"session":"order/1","n":5}	case-1	01970000-0000-7000-8000-000000000004	\N	1795543043721762	\\xfd945c16d898c1cf0d5993e20f8974733cc6016bdce2d64e85ecaa79a360e659	130729	1
82	default	conversation-refund	16	01a20eb4-8603-77aa-be05-49893b1d3e0c	model.call_completed	1	{"call":"01a20eb4-8601-74f7-9e5b-030b3ee15383","response":{"$":"ag2.ModelResponse","created_at":1795543041.5388613,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.5388517,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.5047793,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{}","name":"answer"}]}},"published":[],"usage":{},"latency_ms":0.158}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-8602-7684-ad9d-eb8aa6da84db	1795543041539076	1795543043490051	\\xa27dbed8d8adbf41f59464bf5959963d2922b955236a794edfa8adf34a636a79	130640	1
83	default	conversation-refund	17	01a20eb4-8604-77a6-a836-a513a0577d64	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.5388613,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.5388517,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.5047793,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{}","name":"answer"}]}},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-8603-77aa-be05-49893b1d3e0c	1795543041538861	1795543043490051	\\xc16a8d72468eed35175476a199e79ef03f1f7ebf52a7020668933815621b3cfe	130640	1
84	default	conversation-refund	18	01a20eb4-8606-767f-a471-00a31edcb36f	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795543041.5388517,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.5047793,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{}","name":"answer"}]},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-8604-77a6-a836-a513a0577d64	1795543041538852	1795543043490051	\\x3d064e5e97db0889efd2822f5a4ddf6c058bbc1d70fa8ffe008c274b52af263a	130640	1
85	default	conversation-refund	19	01a20eb4-8608-728e-801b-df1e116c9134	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795543041.5047793,"vendor_metadata":{},"source":null,"id":"call_2","arguments":"{}","name":"answer"},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-8606-767f-a471-00a31edcb36f	1795543041504779	1795543043490051	\\xf8d045f791f9d95813a45e8075e0590d50e63ff92c689ff75c8cbb731397f934	130640	1
86	default	conversation-refund	20	01a20eb4-8609-71dd-b094-95798abb5288	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultEvent","created_at":1795543041.5455048,"parent_id":"call_2","name":"answer","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795543041.5453715,"metadata":{},"content":"forty-two"}],"final":true,"metadata":{"sure":true}}},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-8608-728e-801b-df1e116c9134	1795543041545505	1795543043490051	\\x1c566646cb39af11dc99c0b1b65c5dd8fc8b63413f8e74eb2548a7a1b4152a7a	130640	1
87	default	conversation-refund	21	01a20eb4-860b-7673-b7bc-0f3b46d2c170	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.5471256,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.5471299,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795543041.5471132,"metadata":{"sure":true},"content":"forty-two"},"response_force":true},"detached":false,"inbox":[]}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-8604-77a6-a836-a513a0577d64	1795543041547126	1795543043490051	\\x95c1b3ccd7d67933311c2c8796f83c1bc7b1d686ce081fc4c3269f65f2d7ac72	130640	1
88	default	conversation-refund	22	01a20eb4-860f-7341-b021-119b605a9819	turn.stage_finished	1	{"turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":35.267}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-860b-7673-b7bc-0f3b46d2c170	1795543041551554	1795543043490051	\\xb9815d02378492a981862d004b0609b7bfe809da5dc476173d5b54896a15c7bc	130640	1
89	default	conversation-refund	23	01a20eb4-860f-7341-b021-119cfcd2ae38	turn.stage_finished	1	{"turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":2.864}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-860b-7673-b7bc-0f3b46d2c170	1795543041551585	1795543043490051	\\xd44c23f2bf6f454bc613f43cd75eb50fa4fc553c0402f3f7140b90c7ee89ccf5	130640	1
90	default	conversation-refund	24	01a20eb4-860f-7341-b021-119d16d5fcbf	turn.stage_finished	1	{"turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","stage":"output_composition","ok":true,"detail":{"characters":9,"reply_version":21},"duration_ms":0.081}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-860b-7673-b7bc-0f3b46d2c170	1795543041551599	1795543043490051	\\xa6ec9a40def84431bb6bd9cdb127400fd4050ea0e7cec38ddf8358b704f10323	130640	1
91	default	conversation-refund	25	01a20eb4-860f-7341-b021-119e6d552956	turn.stage_finished	1	{"turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","stage":"telemetry","ok":true,"detail":{"model_calls":3,"tool_results":2,"prompt_tokens":null,"completion_tokens":null,"version":21},"duration_ms":0.032}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-860b-7673-b7bc-0f3b46d2c170	1795543041551610	1795543043490051	\\x98c0253c96907b2969a1efe019a497ae7977d3b8699effcc78a64a6e96eb946e	130640	1
92	default	conversation-refund	26	01a20eb4-860f-7341-b021-119f1e120099	turn.completed	1	{"turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","duration_ms":40.926}	{"session":"refund","turn":"01a20eb4-85e6-741c-b6e7-c741f8962f91","agent":"clerk"}	01a20eb4-85e6-741c-b6e7-c741f8962f91	01a20eb4-860b-7673-b7bc-0f3b46d2c170	1795543041551623	1795543043490051	\\x61447bdca1603313fc53d2632a7b40115760ac04c5737bb57412b0f6526bfcc7	130640	1
93	default	conversation-delegated	1	01a20eb4-861b-72ac-bb70-e3b586d787ed	conversation.started	1	{"source":"ag2","ag2_stream_id":"cb3d221a-86ad-5600-95c1-a3712518d7da","tags":{},"agent":"boss"}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	\N	1795543041563197	1795543043491804	\\x659e5237b0c56838ffab832a8d261e8589a3fcd527dd371901b75e18be80728b	130641	1
94	default	conversation-delegated	2	01a20eb4-861a-7730-93a7-6d7dc6402a34	turn.started	1	{"turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss","owner":"recorder:25641:36045dec","fencing_token":1,"implicit":false}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-861b-72ac-bb70-e3b586d787ed	1795543041562856	1795543043491804	\\x5f441c100f4d54f2475f7946bdb9393f56aab1697f1f70b3d017eaf45e8b7e69	130641	1
95	default	conversation-delegated	3	01a20eb4-861c-73c9-8bf5-c7843d663761	turn.stage_finished	1	{"turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":1.728}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-861a-7730-93a7-6d7dc6402a34	1795543041564342	1795543043491804	\\x0de5223f5e946421281e36553870a00def8689f1000f44ba437229b0a34818dd	130641	1
96	default	conversation-delegated	4	01a20eb4-861c-73c9-8bf5-c7851103fae6	turn.stage_finished	1	{"turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.047}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-861a-7730-93a7-6d7dc6402a34	1795543041564372	1795543043491804	\\x279e9767e02b36348743796d3dfd668050e89d64a76d81866400f184933cfd70	130641	1
97	default	conversation-delegated	5	01a20eb4-8621-7602-8422-a8542563e1ab	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795543041.5651946,"parts":[{"$":"ag2.TextInput","created_at":1795543041.5642273,"metadata":{},"content":"Ask the expert."}]},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-861a-7730-93a7-6d7dc6402a34	1795543041565195	1795543043491804	\\xdfc52fd24441c62f62942fe529d398ba8639f585b7a0c13a335532561926bb8c	130641	1
98	default	content-1640d5430d97d9d7a39159f685733c18f89996c4ffe7418edb080860c7df0a05	1	00000000-0000-76f1-b865-075b121e5818	content.recorded	1	{"kind":"tools","content":[{"defer_loading":false,"function":{"description":"finds","name":"task_expert","parameters":{"properties":{"context":{"default":"","title":"Context","type":"string"},"objective":{"title":"Objective","type":"string"}},"required":["objective"],"type":"object"}},"type":"function"}]}	{}	\N	\N	\N	1795543043493475	\\x58d3d17bd78753b6e48bf3cea8b88c03d47dd0711763922859604b226d99bfa7	130642	1
99	default	conversation-delegated	6	01a20eb4-8623-70ce-9035-d3bbfe95b7e0	model.call_started	1	{"call":"01a20eb4-8622-7083-80fd-d6e892e1efe9","attempt":1,"model":"scripted","messages":[{"first":5,"last":5}],"request_hash":"a6a859f9d25e2f718a1a8be49f9d70db5587bd410b885ea925884b2b60cd6707","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"1640d5430d97d9d7a39159f685733c18f89996c4ffe7418edb080860c7df0a05","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8621-7602-8422-a8542563e1ab	1795543041571882	1795543043494602	\\x49710c90a7c55c965edf94f9a5518e514d18b3053fc01cce55dbaf76ba90193a	130644	1
100	default	conversation-delegated	7	01a20eb4-8624-70a9-ab6e-871d766e8ec3	model.call_completed	1	{"call":"01a20eb4-8622-7083-80fd-d6e892e1efe9","response":{"$":"ag2.ModelResponse","created_at":1795543041.5727897,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.5727768,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.5550883,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"objective\\": \\"find 7\\"}","name":"task_expert"}]}},"published":[],"usage":{},"latency_ms":0.15}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8623-70ce-9035-d3bbfe95b7e0	1795543041572962	1795543043494602	\\xc9eba5d0b347ca82b5a2f46c0f340f148493c0302897b8605e3133e65eb95176	130644	1
101	default	conversation-delegated	8	01a20eb4-8626-7448-b18f-f42fead2d109	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.5727897,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.5727768,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.5550883,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"objective\\": \\"find 7\\"}","name":"task_expert"}]}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8624-70a9-ab6e-871d766e8ec3	1795543041572790	1795543043494602	\\xcb70f09f20d3b6dc52aba9e7ec0c2601ebbfb94285aabdd75895710a79bd4dba	130644	1
102	default	conversation-delegated	9	01a20eb4-8628-7266-978f-568406309a7a	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795543041.5727768,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.5550883,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"objective\\": \\"find 7\\"}","name":"task_expert"}]},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8626-7448-b18f-f42fead2d109	1795543041572777	1795543043494602	\\x2c7ad9f85feff68a8e7be4d7448e701df69fc39d7ad4d84b1da994a8c461f9a0	130644	1
103	default	conversation-delegated	10	01a20eb4-862a-75b4-b7be-7c148c9f403e	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795543041.5550883,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"objective\\": \\"find 7\\"}","name":"task_expert"},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8628-7266-978f-568406309a7a	1795543041555088	1795543043494602	\\xca18ac70a3645f71bc0eda5ae47413c43cb282b18abdcd7a717e0649a1288b7b	130644	1
104	default	conversation-delegated	11	01a20eb4-862c-74d5-8bec-4f8d8364a95d	conversation.event_recorded	1	{"event":{"$":"ag2.TaskStarted","created_at":1795543041.5802083,"spec":null,"expires_at":null,"task_id":"ca725528305948ea8226bdcccb6c34db","agent_name":"expert","objective":"find 7","parent_tool_call_id":"call_1"},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-862a-75b4-b7be-7c148c9f403e	1795543041580208	1795543043494602	\\x8ffacaa32194962803da49d09789ba2c7b1ba6f50a577f78bc60a3aa57a95675	130644	1
105	default	conversation-a3a5a337-bc69-485e-a810-2389748ac113	1	01a20eb4-8633-726d-a75d-3bd9cf5822ee	conversation.started	1	{"source":"ag2","ag2_stream_id":"a3a5a337-bc69-485e-a810-2389748ac113","tags":{},"agent":"expert","parent":{"stream":"conversation-delegated","task_id":"ca725528305948ea8226bdcccb6c34db","tool_call_id":"call_1","objective":"find 7"}}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-862c-74d5-8bec-4f8d8364a95d	1795543041587797	1795543043496090	\\xa7071f3bf0c09e5bcaa41d1db24ef810f9152a401f6fb4001cbd3eb9cbf2f451	130645	1
106	default	conversation-a3a5a337-bc69-485e-a810-2389748ac113	2	01a20eb4-8633-726d-a75d-3bd8cfe80084	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795543041.582483,"parts":[{"$":"ag2.TextInput","created_at":1795543041.5824716,"metadata":{},"content":"find 7"}]},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"expert"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8633-726d-a75d-3bd9cf5822ee	1795543041582483	1795543043496090	\\xb1657f5d71206db4d652e2c7f982a6fb58dc89d0946008264b7bc1b21780024f	130645	1
107	default	content-1db4c9de52fbb124a6916b76d91c05668c7228040b3c50bbb658850d88c3b4e7	1	00000000-0000-7979-b742-a6eaa389d8d2	content.recorded	1	{"kind":"prompt","content":["You find."]}	{}	\N	\N	\N	1795543043497568	\\xf74b0637b7543fb9357758808f90fa9b2e2c2e97c7a732062f9d0ae29f673acf	130646	1
108	default	content-cab7fb2bbcd3d57d75cd21957cc324cfe884dcce73b53c5c61d203203755c63c	1	00000000-0000-7a54-bfa1-9dc142528f62	content.recorded	1	{"kind":"tools","content":[{"defer_loading":false,"function":{"description":"Find a parcel.","name":"find_parcel","parameters":{"properties":{"number":{"title":"Number","type":"integer"}},"required":["number"],"type":"object"}},"type":"function"}]}	{}	\N	\N	\N	1795543043499179	\\x76cee9023482aadd4a063f00d4901cca61e36a83e51d74062ef14afbbda15953	130647	1
109	default	conversation-a3a5a337-bc69-485e-a810-2389748ac113	3	01a20eb4-8637-70bc-94b5-7a3f552fb650	model.call_started	1	{"call":"01a20eb4-8635-746d-a7af-0d119f503e07","attempt":1,"model":"scripted","messages":[{"first":2,"last":2}],"request_hash":"3c8700d9dd7d198fff6b0d7abcd70e150d9efad92cfe3c1ba6f22a9135672409","prompt_hash":"1db4c9de52fbb124a6916b76d91c05668c7228040b3c50bbb658850d88c3b4e7","tools_hash":"cab7fb2bbcd3d57d75cd21957cc324cfe884dcce73b53c5c61d203203755c63c","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"expert"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8633-726d-a75d-3bd8cfe80084	1795543041591145	1795543043500932	\\x9ca0baf4094a5e45871569e523d33430131b59506aa9513cda94edfd6e8e9b90	130649	1
110	default	conversation-a3a5a337-bc69-485e-a810-2389748ac113	4	01a20eb4-8638-75e7-9609-9b8f741b42dd	model.call_completed	1	{"call":"01a20eb4-8635-746d-a7af-0d119f503e07","response":{"$":"ag2.ModelResponse","created_at":1795543041.591891,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.5918782,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.5550215,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"}]}},"published":[],"usage":{},"latency_ms":0.141}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"expert"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8637-70bc-94b5-7a3f552fb650	1795543041592043	1795543043500932	\\xc9605aebb48599bd94a5b59a8fed98b5604f5d8a5150ed806c39addc0554bc1d	130649	1
111	default	conversation-a3a5a337-bc69-485e-a810-2389748ac113	5	01a20eb4-8639-767d-9b65-158a86058534	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.591891,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.5918782,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.5550215,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"}]}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"expert"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8638-75e7-9609-9b8f741b42dd	1795543041591891	1795543043500932	\\xed5d7a556d440f1f6ff2463cfe3fb46614a743427a792506f45793c195c5ae7a	130649	1
112	default	conversation-a3a5a337-bc69-485e-a810-2389748ac113	6	01a20eb4-863a-747b-a409-fcade63d47a5	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795543041.5918782,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.5550215,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"}]},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"expert"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8639-767d-9b65-158a86058534	1795543041591878	1795543043500932	\\xc63e047ec4c9a1b24a6025e431b12b4bd3a3ebdce3347236baa77d2f13c1d90f	130649	1
113	default	conversation-a3a5a337-bc69-485e-a810-2389748ac113	7	01a20eb4-863c-730f-88c6-14c3f5b60741	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795543041.5550215,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"number\\": 7}","name":"find_parcel"},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"expert"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-863a-747b-a409-fcade63d47a5	1795543041555022	1795543043500932	\\x0be382fea0d160f0310e01be6871114cda185934dc84203986e20e1647da7354	130649	1
114	default	conversation-a3a5a337-bc69-485e-a810-2389748ac113	8	01a20eb4-863e-7052-8f29-4675752bf31d	conversation.event_recorded	1	{"event":{"$":"unregistered","type":"shop.events.Noticed","kind":"event","fields":{"created_at":1795543041.5982563,"what":"parcel 7"}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"expert"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-863c-730f-88c6-14c3f5b60741	1795543041598256	1795543043500932	\\xa7165e232f41eee9c2474fed24e9d385e32e4ef4717f62f7c2121fcfaa4e0d22	130649	1
115	default	conversation-a3a5a337-bc69-485e-a810-2389748ac113	9	01a20eb4-863f-77fb-96e3-6a06d6c5b580	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultEvent","created_at":1795543041.5994105,"parent_id":"call_1","name":"find_parcel","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.DataInput","created_at":1795543041.5993931,"metadata":{},"data":{"number":7,"weight_kg":1.25,"where":"Zürich 🚚","signed":null}}],"final":false,"metadata":{}}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"expert"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-863c-730f-88c6-14c3f5b60741	1795543041599411	1795543043500932	\\x26388078f74e108f48e3d033966916cff4b3b6060a55007c4451e2648bf136cb	130649	1
116	default	conversation-a3a5a337-bc69-485e-a810-2389748ac113	10	01a20eb4-8641-710e-8a7b-d5bc6cf915ce	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultsEvent","created_at":1795543041.6012971,"results":[{"$":"ag2.ToolResultEvent","created_at":1795543041.5994105,"parent_id":"call_1","name":"find_parcel","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.DataInput","created_at":1795543041.5993931,"metadata":{},"data":{"number":7,"weight_kg":1.25,"where":"Zürich 🚚","signed":null}}],"final":false,"metadata":{}}}]},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"expert"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-863f-77fb-96e3-6a06d6c5b580	1795543041601297	1795543043500932	\\xde2123254895e78876b7b1486cd9e3d91cba83f24bd0ccdad85db0a9fa4ffc2d	130649	1
117	default	conversation-a3a5a337-bc69-485e-a810-2389748ac113	11	01a20eb4-8643-74c4-b790-86ff673a841b	model.call_started	1	{"call":"01a20eb4-8643-74c4-b790-86fe837a1a01","attempt":1,"model":"scripted","messages":[{"first":2,"last":2},{"first":5,"last":10}],"request_hash":"8079519de841c51d34a6655f0c788e6f155ba9a1386975eccf9d32f552be5939","prompt_hash":"1db4c9de52fbb124a6916b76d91c05668c7228040b3c50bbb658850d88c3b4e7","tools_hash":"cab7fb2bbcd3d57d75cd21957cc324cfe884dcce73b53c5c61d203203755c63c","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"expert"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8641-710e-8a7b-d5bc6cf915ce	1795543041603785	1795543043500932	\\xa83d104f58f0ebee759bb42906be800946817808fbccca07dfa8fd76add84fbc	130649	1
165	default	conversation-compacted	30	01a20eb4-8684-74bc-826e-94cd0a24627f	turn.stage_finished	1	{"turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","stage":"output_composition","ok":true,"detail":{"characters":8,"reply_version":22},"duration_ms":0.06}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","agent":"talker"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-8680-77dd-9a54-f82b7cf856c0	1795543041668377	1795543043513507	\\xe968063efde13369f460c276821ec32a191ff1a9f66a99a497b70338425b3f25	130658	1
118	default	conversation-a3a5a337-bc69-485e-a810-2389748ac113	12	01a20eb4-8644-776f-85d3-48f7fd76fc44	model.call_completed	1	{"call":"01a20eb4-8643-74c4-b790-86fe837a1a01","response":{"$":"ag2.ModelResponse","created_at":1795543041.5550625,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.555067,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795543041.5550508,"metadata":{},"content":"It is there."}},"published":[],"usage":{"prompt_tokens":17.0,"completion_tokens":5.0},"finish_reason":"stop","latency_ms":0.124}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"expert"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8643-74c4-b790-86ff673a841b	1795543041604641	1795543043500932	\\x04d9c48ed84d50b50a76e052135d79da045fd06d50dbf7751f8310ee6ebd0069	130649	1
119	default	conversation-a3a5a337-bc69-485e-a810-2389748ac113	13	01a20eb4-8645-75b0-a22f-595d5a388933	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795543041.6052892,"label":null,"parts":[],"kind":"model_call","model":"scripted-1","provider":null,"finish_reason":"stop","usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"expert"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8644-776f-85d3-48f7fd76fc44	1795543041605289	1795543043500932	\\x59ac91da227647a846fed3bb5a93e9bc4fda209c6b70ad57f5bf7eb658ac2a07	130649	1
120	default	conversation-a3a5a337-bc69-485e-a810-2389748ac113	14	01a20eb4-8646-72a3-9b58-2d6949fd7f14	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.5550625,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.555067,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795543041.5550508,"metadata":{},"content":"It is there."}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"expert"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8644-776f-85d3-48f7fd76fc44	1795543041555063	1795543043500932	\\x218afe629ec3726b51368ddf9868530f1a7840d5a08e7586c551c58213070150	130649	1
121	default	conversation-delegated	12	01a20eb4-8648-7419-abc1-3d1c91b84b46	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795543041.6080573,"finish_reason":null,"kind":"subtask","label":"expert","provider":null,"model":"scripted-1","parts":[{"$":"ag2.UsageEvent","created_at":1795543041.6052892,"label":null,"parts":[],"kind":"model_call","model":"scripted-1","provider":null,"finish_reason":"stop","usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}}],"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-862c-74d5-8bec-4f8d8364a95d	1795543041608057	1795543043502395	\\xcd1325372423689917ac8d69eeff087908394455e593f14b9ed773ec2e8164bc	130650	1
122	default	conversation-delegated	13	01a20eb4-8649-7746-8bc9-5d8b1e07b8d9	conversation.event_recorded	1	{"event":{"$":"ag2.TaskCompleted","created_at":1795543041.609257,"task_id":"ca725528305948ea8226bdcccb6c34db","agent_name":"expert","objective":"find 7","result":"It is there.","task_stream":{"$":"uuid","text":"a3a5a337-bc69-485e-a810-2389748ac113"},"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-862c-74d5-8bec-4f8d8364a95d	1795543041609257	1795543043502395	\\x1ffa0f1fd6ec33684757f3f15b239c01f2599299f83f55f05c7bdd7421095735	130650	1
123	default	conversation-delegated	14	01a20eb4-864a-72e3-819f-e58fcbe87814	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultEvent","created_at":1795543041.6103678,"parent_id":"call_1","name":"task_expert","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795543041.6103547,"metadata":{},"content":"It is there."}],"final":false,"metadata":{}}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-862a-75b4-b7be-7c148c9f403e	1795543041610368	1795543043502395	\\x83c0f8e8b74e21c3a8e04b328526fce63a48f86be0d4b2fba65778d60730ad34	130650	1
124	default	conversation-delegated	15	01a20eb4-864c-7062-afb1-d25b6bd6aa16	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultsEvent","created_at":1795543041.6117566,"results":[{"$":"ag2.ToolResultEvent","created_at":1795543041.6103678,"parent_id":"call_1","name":"task_expert","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795543041.6103547,"metadata":{},"content":"It is there."}],"final":false,"metadata":{}}}]},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-864a-72e3-819f-e58fcbe87814	1795543041611757	1795543043502395	\\x755d416cc5021b0a02fbf12834b414922e4f4d3745449e66e692aad746a1898c	130650	1
125	default	conversation-delegated	16	01a20eb4-864d-706c-9274-c5d5eb1a626d	model.call_started	1	{"call":"01a20eb4-864d-706c-9274-c5d47cb3382c","attempt":1,"model":"scripted","messages":[{"first":5,"last":5},{"first":8,"last":15}],"request_hash":"b3357bbfb0973a4ad0c595593ac4e1d06e86bd0aa4992c1c19ab936015292797","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"1640d5430d97d9d7a39159f685733c18f89996c4ffe7418edb080860c7df0a05","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-864c-7062-afb1-d25b6bd6aa16	1795543041613793	1795543043502395	\\x09cc8bad13d564894b75d17883e9434721436cc43450454325fb8b916ea7e27b	130650	1
126	default	conversation-delegated	17	01a20eb4-864f-75ec-aa78-817c08e9245e	model.call_completed	1	{"call":"01a20eb4-864d-706c-9274-c5d47cb3382c","response":{"$":"ag2.ModelResponse","created_at":1795543041.6149237,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.6149285,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795543041.6146028,"metadata":{},"content":"Found."}},"published":[{"$":"ag2.ModelMessage","created_at":1795543041.6146028,"metadata":{},"content":"Found."}],"usage":{},"latency_ms":0.551}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-864d-706c-9274-c5d5eb1a626d	1795543041615139	1795543043502395	\\x8159bc2eec1299d3e3fa7ea13f2ee259e6f1c6e5af47cd778f1e613786345a20	130650	1
282	acme & söhne	order-1	7	01970000-0000-7000-8000-000000000006	order.placed	1	{"keys":{"0":0,"1":1,"2":2,"3":3,"4":4,"5":5,"6":6,"7":7,"8":8,"9":9,"10":10,"11":11},"deep":[[[[[[[[["bottom"]]]]]]]]]}	{}	\N	01970000-0000-7000-8000-000000000005	-1	1795543043721762	\\x7cdc9419f82eb8ccc661feeec97148794c393116d34b442a5a2060afc2a986ab	130729	1
127	default	conversation-delegated	18	01a20eb4-8650-7299-8419-1c269a86ee57	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.6149237,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.6149285,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795543041.6146028,"metadata":{},"content":"Found."}},"detached":false,"inbox":[]}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-864f-75ec-aa78-817c08e9245e	1795543041614924	1795543043502395	\\xe8db8a99f2efc2971493e0a7d96f3072966056a48bf7aac63afe6f12662aa07e	130650	1
128	default	conversation-delegated	19	01a20eb4-8653-736a-ae0a-3bfcd1f2110a	turn.stage_finished	1	{"turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":52.072}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8650-7299-8419-1c269a86ee57	1795543041619936	1795543043502395	\\x82658d3ea47ad1a1d896c04268de6fcb45b446d3c7f5058321379c439b7be270	130650	1
129	default	conversation-delegated	20	01a20eb4-8653-736a-ae0a-3bfd45fdae04	turn.stage_finished	1	{"turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":2.469}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8650-7299-8419-1c269a86ee57	1795543041619965	1795543043502395	\\xf925f3431fa8d8093c49a5cb9e98acd903b81df39c40989bca1da7116149bbc5	130650	1
130	default	conversation-delegated	21	01a20eb4-8653-736a-ae0a-3bfe801a8138	turn.stage_finished	1	{"turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","stage":"output_composition","ok":true,"detail":{"characters":6,"reply_version":18},"duration_ms":0.069}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8650-7299-8419-1c269a86ee57	1795543041619976	1795543043502395	\\xfa08993e1f69216fb27cb9565e0a8611f912265fd7b959ddf93094252cfa2cd3	130650	1
131	default	conversation-delegated	22	01a20eb4-8653-736a-ae0a-3bff6b6f5638	turn.stage_finished	1	{"turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","stage":"telemetry","ok":true,"detail":{"model_calls":2,"tool_results":1,"prompt_tokens":17,"completion_tokens":5,"version":18},"duration_ms":0.033}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8650-7299-8419-1c269a86ee57	1795543041619986	1795543043502395	\\xbf3096df26482ac895fea89419d4876d66aa93aa2ce46021d987d9ec16c5f324	130650	1
132	default	conversation-delegated	23	01a20eb4-8653-736a-ae0a-3c00b16f3603	turn.completed	1	{"turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","duration_ms":57.488}	{"session":"delegated","turn":"01a20eb4-861a-7730-93a7-6d7c9ec0f85f","agent":"boss"}	01a20eb4-861a-7730-93a7-6d7c9ec0f85f	01a20eb4-8650-7299-8419-1c269a86ee57	1795543041619996	1795543043502395	\\x32f87a70f9dea23f872662dfa81fb3d8088409e9b1ec40e3a4bcac30123c3048	130650	1
133	default	conversation-compacted	1	01a20eb4-865d-714e-b011-6a289bae0b98	conversation.started	1	{"source":"ag2","ag2_stream_id":"9cfdfedd-1253-56cf-a0e0-bac1459ca0e3","tags":{},"agent":"talker"}	{"session":"compacted","turn":"01a20eb4-865d-714e-b011-6a268d7ff67f"}	01a20eb4-865d-714e-b011-6a268d7ff67f	\N	1795543041629959	1795543043504337	\\xe2870cf40163373da42c20b5b7cb3a910e98b2f0c1b96284c234108d8ca5ef1c	130651	1
134	default	conversation-compacted	2	01a20eb4-865d-714e-b011-6a27e48b8364	turn.started	1	{"turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","agent":"talker","owner":"recorder:25641:36045dec","fencing_token":1,"implicit":false}	{"session":"compacted","turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","agent":"talker"}	01a20eb4-865d-714e-b011-6a268d7ff67f	01a20eb4-865d-714e-b011-6a289bae0b98	1795543041629727	1795543043504337	\\x813142030e96e460b9295d283680442c777aa9de6e26c368061c5256b981558b	130651	1
135	default	conversation-compacted	3	01a20eb4-865f-7105-9113-c1caa1910c0d	turn.stage_finished	1	{"turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":1.64}	{"session":"compacted","turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","agent":"talker"}	01a20eb4-865d-714e-b011-6a268d7ff67f	01a20eb4-865d-714e-b011-6a27e48b8364	1795543041631158	1795543043504337	\\xd1e3da94915688d37585a985ba86da945379d8dd3056c107750d19b3f3df236f	130651	1
136	default	conversation-compacted	4	01a20eb4-865f-7105-9113-c1cb09a40357	turn.stage_finished	1	{"turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.044}	{"session":"compacted","turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","agent":"talker"}	01a20eb4-865d-714e-b011-6a268d7ff67f	01a20eb4-865d-714e-b011-6a27e48b8364	1795543041631187	1795543043504337	\\x5f6359efbc9d526545a4d06a7f3c86c52dd5fa481723d508c446dbcc488b2d54	130651	1
137	default	conversation-compacted	5	01a20eb4-8664-7162-babf-3f3afbf52f1b	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795543041.631974,"parts":[{"$":"ag2.TextInput","created_at":1795543041.6310515,"metadata":{},"content":"question 0"}]},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","agent":"talker"}	01a20eb4-865d-714e-b011-6a268d7ff67f	01a20eb4-865d-714e-b011-6a27e48b8364	1795543041631974	1795543043504337	\\x01f2e44115a9e6b5d68ee110bd77d4cfaf214790ab30852329465f9fba4e3766	130651	1
138	default	content-718e023a879845caaee1b4340271203e744e5f393b7ed311f0e57138dd362de3	1	00000000-0000-7942-b567-9a2837d647ce	content.recorded	1	{"kind":"tools","content":[{"defer_loading":false,"function":{"description":"Manage your knowledge store.\\n\\n        Actions:\\n            read   - Read file at path.\\n            write  - Write content to path.\\n            list   - List entries at path.\\n            delete - Delete file at path.\\n        ","name":"knowledge","parameters":{"properties":{"action":{"title":"Action","type":"string"},"content":{"default":"","title":"Content","type":"string"},"path":{"default":"/","title":"Path","type":"string"}},"required":["action"],"type":"object"}},"type":"function"}]}	{}	\N	\N	\N	1795543043506444	\\x81b8dc4b09ef7791deb738907abf78e6c1d14f1b9d84e5e403516c00afc5b46c	130653	1
139	default	conversation-compacted	6	01a20eb4-8667-7794-8579-1825542631b9	model.call_started	1	{"call":"01a20eb4-8666-76b4-92f4-9b724fef3e80","attempt":1,"model":"scripted","messages":[{"first":5,"last":5}],"request_hash":"0df8b9d32e4b10f7f52d3f0dc8d2218b4802953cd3b755165f890baa03dcddb6","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"718e023a879845caaee1b4340271203e744e5f393b7ed311f0e57138dd362de3","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"compacted","turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","agent":"talker"}	01a20eb4-865d-714e-b011-6a268d7ff67f	01a20eb4-8664-7162-babf-3f3afbf52f1b	1795543041639448	1795543043508133	\\x26fa7f280537f9f88f28a9f82664c09c8e7862a17cf277be1c50cec9162f0c61	130654	1
166	default	conversation-compacted	31	01a20eb4-8684-74bc-826e-94ceaae1aa65	turn.stage_finished	1	{"turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","stage":"telemetry","ok":true,"detail":{"model_calls":1,"tool_results":0,"prompt_tokens":34,"completion_tokens":10,"version":27},"duration_ms":0.028}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","agent":"talker"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-8680-77dd-9a54-f82b7cf856c0	1795543041668383	1795543043513507	\\x0004c1664c369f5f47a5484f3cdc8b94454e4051eedc3770e5359f07b5b207e4	130658	1
167	default	conversation-compacted	32	01a20eb4-8684-74bc-826e-94cfb758d177	turn.completed	1	{"turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","duration_ms":18.593}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","agent":"talker"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-8680-77dd-9a54-f82b7cf856c0	1795543041668389	1795543043513507	\\x2a6300907bc6cd4ea4158ff2e57bae5f36ed3d1c0a2a4b5908caa9bc225ac9da	130658	1
140	default	conversation-compacted	7	01a20eb4-8668-71ad-897a-c626ba5eab83	model.call_completed	1	{"call":"01a20eb4-8666-76b4-92f4-9b724fef3e80","response":{"$":"ag2.ModelResponse","created_at":1795543041.6230087,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.6230128,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795543041.6229422,"metadata":{},"content":"answer 0"}},"published":[],"usage":{"prompt_tokens":17.0,"completion_tokens":5.0},"finish_reason":"stop","latency_ms":0.08}	{"session":"compacted","turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","agent":"talker"}	01a20eb4-865d-714e-b011-6a268d7ff67f	01a20eb4-8667-7794-8579-1825542631b9	1795543041640226	1795543043508133	\\x4bcd59a8e70b0e1addb823b35b0485b816ec10984aa6e57d3745a9a52a211ad3	130654	1
141	default	conversation-compacted	8	01a20eb4-8669-7067-bcf5-be5f5ae7db1b	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795543041.640858,"label":null,"parts":[],"kind":"model_call","model":"scripted-1","provider":null,"finish_reason":"stop","usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","agent":"talker"}	01a20eb4-865d-714e-b011-6a268d7ff67f	01a20eb4-8668-71ad-897a-c626ba5eab83	1795543041640858	1795543043508133	\\x85095f56e4157842ebc4cb388e49b76b2c5855706182097a3d0c675e2e7b277b	130654	1
142	default	conversation-compacted	9	01a20eb4-866a-755e-8f1e-00a6f0397292	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.6230087,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.6230128,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795543041.6229422,"metadata":{},"content":"answer 0"}},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","agent":"talker"}	01a20eb4-865d-714e-b011-6a268d7ff67f	01a20eb4-8668-71ad-897a-c626ba5eab83	1795543041623009	1795543043508133	\\x74dec6e9f6460da8e34ac01e593b789166cad0408cc80f4b2210ef83ee45cb54	130654	1
143	default	conversation-compacted	10	01a20eb4-866d-72ff-80ff-3879cb0f2eee	turn.stage_finished	1	{"turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":11.248}	{"session":"compacted","turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","agent":"talker"}	01a20eb4-865d-714e-b011-6a268d7ff67f	01a20eb4-866a-755e-8f1e-00a6f0397292	1795543041645393	1795543043508133	\\x68b8917884eefd3be488c7d7f707613928a02656e17753fa6e3500cda08bedaf	130654	1
144	default	conversation-compacted	11	01a20eb4-866d-72ff-80ff-387aa8e1e6d0	turn.stage_finished	1	{"turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":2.026}	{"session":"compacted","turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","agent":"talker"}	01a20eb4-865d-714e-b011-6a268d7ff67f	01a20eb4-866a-755e-8f1e-00a6f0397292	1795543041645413	1795543043508133	\\xe0ac81444e5bdee624d2aa6d71e689d43c3ae1882526926fd1600c560a032bd2	130654	1
145	default	conversation-compacted	12	01a20eb4-866d-72ff-80ff-387b8b08e7b6	turn.stage_finished	1	{"turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","stage":"output_composition","ok":true,"detail":{"characters":8,"reply_version":9},"duration_ms":0.058}	{"session":"compacted","turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","agent":"talker"}	01a20eb4-865d-714e-b011-6a268d7ff67f	01a20eb4-866a-755e-8f1e-00a6f0397292	1795543041645420	1795543043508133	\\xfa85187c5b3afe18000788b208172c076bd4bb5c1475db97f280a0c63213be8c	130654	1
146	default	conversation-compacted	13	01a20eb4-866d-72ff-80ff-387c7a00b5b4	turn.stage_finished	1	{"turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","stage":"telemetry","ok":true,"detail":{"model_calls":1,"tool_results":0,"prompt_tokens":17,"completion_tokens":5,"version":9},"duration_ms":0.025}	{"session":"compacted","turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","agent":"talker"}	01a20eb4-865d-714e-b011-6a268d7ff67f	01a20eb4-866a-755e-8f1e-00a6f0397292	1795543041645426	1795543043508133	\\x01f36b6317ec76b7b808609dbacc7af241c04dbe9befedc8aa1b461afd32f4a4	130654	1
147	default	conversation-compacted	14	01a20eb4-866d-72ff-80ff-387dcfa42425	turn.completed	1	{"turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","duration_ms":16.102}	{"session":"compacted","turn":"01a20eb4-865d-714e-b011-6a268d7ff67f","agent":"talker"}	01a20eb4-865d-714e-b011-6a268d7ff67f	01a20eb4-866a-755e-8f1e-00a6f0397292	1795543041645432	1795543043508133	\\x83117edaeabacb0a2d02f37582e039164e0e10863cacf7bdb2c4aa999024b74c	130654	1
148	default	conversation-compacted	15	01a20eb4-8672-7673-8cdf-aa5c3b68a5e6	turn.started	1	{"turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","agent":"talker","owner":"recorder:25641:36045dec","fencing_token":2,"implicit":false}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","agent":"talker"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-866d-72ff-80ff-387dcfa42425	1795543041650250	1795543043508133	\\x8202342b01bdfad026354f22d2011219bf33913737a68d7a2b47ddb98fb709cb	130654	1
149	default	conversation-compacted	16	01a20eb4-8673-762a-a574-69daf5f9bb62	turn.stage_finished	1	{"turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","stage":"bootstrap","ok":true,"detail":{"version":15,"history":3},"duration_ms":1.195}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","agent":"talker"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-8672-7673-8cdf-aa5c3b68a5e6	1795543041651082	1795543043508133	\\x771e5854e4e160223b9e5c30e51b656d6e9c15a1b8930e865df56bbc7d2b0a87	130654	1
150	default	conversation-compacted	17	01a20eb4-8673-762a-a574-69dbe2249c45	turn.stage_finished	1	{"turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.029}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","agent":"talker"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-8672-7673-8cdf-aa5c3b68a5e6	1795543041651100	1795543043508133	\\xc69090604063c10bcb54018c2826a3fc43c5f7a79571c424605fd176164ac488	130654	1
151	default	conversation-compacted	18	01a20eb4-8676-7790-aaa9-361f62e28f5c	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795543041.6517432,"parts":[{"$":"ag2.TextInput","created_at":1795543041.6510131,"metadata":{},"content":"question 1"}]},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","agent":"talker"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-8672-7673-8cdf-aa5c3b68a5e6	1795543041651743	1795543043508133	\\xa047c6cebdb433d67d1d504d5aa2cb5a4541b6d22bc476274049d323bad362bc	130654	1
152	default	conversation-compacted	19	01a20eb4-8678-752a-9db6-27422e8fd86c	model.call_started	1	{"call":"01a20eb4-8678-752a-9db6-2741f5056a8a","attempt":1,"model":"scripted","messages":[{"first":5,"last":5},{"first":8,"last":9},{"first":18,"last":18}],"request_hash":"bc3bd29d7b45e8e04f8ec7dc241310db31a51764a851f6752c9f701056d31500","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"718e023a879845caaee1b4340271203e744e5f393b7ed311f0e57138dd362de3","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","agent":"talker"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-8676-7790-aaa9-361f62e28f5c	1795543041656262	1795543043508133	\\xfc379b6c7a85ae693d839c8a5df05879367897f8092557f9123e42ec10716a69	130654	1
168	default	conversation-compacted	33	01a20eb4-8688-72a1-8fdf-50b297783dd9	conversation.history_dropped	1	{}	{"session":"compacted"}	compacted	01a20eb4-8684-74bc-826e-94cfb758d177	1795543041672783	1795543043513507	\\x269a1a39652d28700aac3cb094dd23618215450c05ba443e157808f5ca59a369	130658	1
153	default	conversation-compacted	20	01a20eb4-8678-752a-9db6-27432552d4d5	model.call_completed	1	{"call":"01a20eb4-8678-752a-9db6-2741f5056a8a","response":{"$":"ag2.ModelResponse","created_at":1795543041.6230366,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.6230397,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795543041.6230304,"metadata":{},"content":"answer 1"}},"published":[],"usage":{"prompt_tokens":17.0,"completion_tokens":5.0},"finish_reason":"stop","latency_ms":0.077}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","agent":"talker"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-8678-752a-9db6-27422e8fd86c	1795543041656984	1795543043508133	\\x0cacbae0e8820f89dcc025b2cdaee42e87894588bec03bc2a5e07f5ab5be983b	130654	1
154	default	conversation-compacted	21	01a20eb4-8679-77e4-8e31-7baff110dad0	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795543041.6576421,"label":null,"parts":[],"kind":"model_call","model":"scripted-1","provider":null,"finish_reason":"stop","usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","agent":"talker"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-8678-752a-9db6-27432552d4d5	1795543041657642	1795543043508133	\\xac8f2d26c3b7067b1e2f7d942acdd775f7c1e7a81322ab122d29c69b531cc7a9	130654	1
155	default	conversation-compacted	22	01a20eb4-867a-725c-a538-6326d9e89669	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.6230366,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.6230397,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795543041.6230304,"metadata":{},"content":"answer 1"}},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","agent":"talker"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-8678-752a-9db6-27432552d4d5	1795543041623037	1795543043508133	\\xfb022dbd121874a1d3367b0ee5d4a6b79940726014f77d779bd7070bf63f9803	130654	1
156	default	content-41bb47f532b04ee7f7b01791a0bdf6251020e7488b0a1c43de98f4fe88ac7a2d	1	00000000-0000-7540-a914-71d5f6022f70	content.recorded	1	{"kind":"message","content":{"$":"ag2.ModelRequest","created_at":1795543041.660528,"parts":[{"$":"ag2.TextInput","content":"Summarize the following conversation history concisely, preserving key decisions, findings, and context:\\n\\nUser: question 0\\nAssistant: answer 0","created_at":1795543041.6605208,"metadata":{}}]}}	{}	\N	\N	\N	1795543043509854	\\xa802e03665a52e69e34d2a102bf5a76d2cfc38567f508e34bd8fcae0dd9aaaee	130655	1
157	default	content-e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b	1	00000000-0000-7119-ad1b-222226c7b831	content.recorded	1	{"kind":"tools","content":[]}	{}	\N	\N	\N	1795543043511758	\\xca33106ee0ea61059fc5132bb20cdaef82fc1c86be123d8b76ee026450065310	130657	1
158	default	conversation-compacted	23	01a20eb4-867e-763b-855a-fd678d5567dd	model.call_started	1	{"call":"01a20eb4-867c-71d9-846c-4619136871eb","attempt":1,"model":"scripted","messages":[{"content":"41bb47f532b04ee7f7b01791a0bdf6251020e7488b0a1c43de98f4fe88ac7a2d"}],"request_hash":"b789410af20aad895d3c5d0fce3e61361e2fd063da554919726f96bfbb2d75a7","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-8676-7790-aaa9-361f62e28f5c	1795543041662416	1795543043513507	\\xf90525388e20fd4f6de2a179f9fa24f6ea4b36d3bead269ac53fb83c4f64eb9f	130658	1
159	default	conversation-compacted	24	01a20eb4-867f-7202-bb5d-915b7c298caf	model.call_completed	1	{"call":"01a20eb4-867c-71d9-846c-4619136871eb","response":{"$":"ag2.ModelResponse","created_at":1795543041.6230628,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.6230652,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795543041.6230574,"metadata":{},"content":"a summary"}},"published":[],"usage":{"prompt_tokens":17.0,"completion_tokens":5.0},"finish_reason":"stop","latency_ms":0.063}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-867e-763b-855a-fd678d5567dd	1795543041663175	1795543043513507	\\xda2beb9d518c74786eef0cf1ee15f74d4e726485df0c34dafa67389a9c4b314e	130658	1
160	default	conversation-compacted	25	01a20eb4-8680-77dd-9a54-f8299831b69e	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795543041.6638134,"finish_reason":null,"label":null,"parts":[],"kind":"compaction","model":"scripted-1","provider":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","agent":"talker"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-867f-7202-bb5d-915b7c298caf	1795543041663813	1795543043513507	\\x8be0183ac76389d98f73d010531b0a4140d54951ec30e5f9857e897b8528a778	130658	1
161	default	conversation-compacted	26	01a20eb4-8680-77dd-9a54-f82a0214d8be	conversation.event_recorded	1	{"event":{"$":"ag2.CompactionSummary","created_at":1795543041.6647367,"summary":"a summary","event_count":3},"detached":true,"inbox":[]}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-8680-77dd-9a54-f8299831b69e	1795543041664737	1795543043513507	\\x7d9085d68a16dc952ba7829b496a8eb54e5fd832dc086e1702939a88f040d7f3	130658	1
162	default	conversation-compacted	27	01a20eb4-8680-77dd-9a54-f82b7cf856c0	conversation.history_replaced	1	{"spans":[{"first":8,"last":8},{"first":21,"last":21},{"first":26,"last":26},{"first":18,"last":18},{"first":22,"last":22},{"first":25,"last":25}]}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	\N	1795543041664954	1795543043513507	\\xa8a7629afb619a97389f6673e7e7a944ea637807b9c8944bb8db96aa7bb2d57b	130658	1
163	default	conversation-compacted	28	01a20eb4-8684-74bc-826e-94cb12d32f93	turn.stage_finished	1	{"turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":14.44}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","agent":"talker"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-8680-77dd-9a54-f82b7cf856c0	1795543041668348	1795543043513507	\\x13416f5d126b80effc447fbd392a085e691b4a1afc406c05eefa5693778ec607	130658	1
164	default	conversation-compacted	29	01a20eb4-8684-74bc-826e-94cc425644ba	turn.stage_finished	1	{"turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":2.0}	{"session":"compacted","turn":"01a20eb4-8671-7653-9bc1-4c2bd69e4dca","agent":"talker"}	01a20eb4-8671-7653-9bc1-4c2bd69e4dca	01a20eb4-8680-77dd-9a54-f82b7cf856c0	1795543041668370	1795543043513507	\\x335b36d19f713c575e2b8628f7fea731d4f373093f58aeacd52ce09af6b1c761	130658	1
169	default	conversation-compacted	34	01a20eb4-868d-748d-b3b3-c5087f83f402	turn.started	1	{"turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","agent":"talker","owner":"recorder:25641:36045dec","fencing_token":4,"implicit":false}	{"session":"compacted","turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","agent":"talker"}	01a20eb4-868c-74ab-93b6-4f21a076fab8	01a20eb4-8688-72a1-8fdf-50b297783dd9	1795543041677254	1795543043513507	\\x3c75eb5f40372cda787cdd735de5099611d08545ffbb3937cd406134ad25354e	130658	1
170	default	conversation-compacted	35	01a20eb4-868e-70fc-b584-69eea0d5bfa9	turn.stage_finished	1	{"turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","stage":"bootstrap","ok":true,"detail":{"version":34,"history":0},"duration_ms":0.89}	{"session":"compacted","turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","agent":"talker"}	01a20eb4-868c-74ab-93b6-4f21a076fab8	01a20eb4-868d-748d-b3b3-c5087f83f402	1795543041678005	1795543043513507	\\x41e1c203dfaa4f5a36d678f29947e6e07207908b3d55333c3eb5d5649ef1d426	130658	1
171	default	conversation-compacted	36	01a20eb4-868e-70fc-b584-69efaa077ed6	turn.stage_finished	1	{"turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.03}	{"session":"compacted","turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","agent":"talker"}	01a20eb4-868c-74ab-93b6-4f21a076fab8	01a20eb4-868d-748d-b3b3-c5087f83f402	1795543041678023	1795543043513507	\\x1d94d8e4aca21e3a9e6041325e243c4fff7edc03852edb33a002fcd1e3911364	130658	1
172	default	conversation-compacted	37	01a20eb4-8691-7602-8f04-f8eb06353d0a	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795543041.6787336,"parts":[{"$":"ag2.TextInput","created_at":1795543041.6779435,"metadata":{},"content":"Anybody there?"}]},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","agent":"talker"}	01a20eb4-868c-74ab-93b6-4f21a076fab8	01a20eb4-868d-748d-b3b3-c5087f83f402	1795543041678734	1795543043513507	\\xdf57ff6860a420ecc9bb6cfe665ef872678e88620dfaf4ddd11334e8145e98a2	130658	1
173	default	conversation-compacted	38	01a20eb4-8692-70d6-9522-da71387a4a58	model.call_started	1	{"call":"01a20eb4-8692-70d6-9522-da70b1c3cdb5","attempt":1,"model":"scripted","messages":[{"first":37,"last":37}],"request_hash":"e26064801832a3007717ba061b9e0ca709ecc82d64f1121a131e7d6f3679bb33","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"compacted","turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","agent":"talker"}	01a20eb4-868c-74ab-93b6-4f21a076fab8	01a20eb4-8691-7602-8f04-f8eb06353d0a	1795543041682489	1795543043513507	\\x639e4ae0fb4c611d1b63c4eabd3ee6b87d1fd6fdd4489cc60dd3de78c706a167	130658	1
174	default	conversation-compacted	39	01a20eb4-8693-746c-94f9-d3108b125727	model.call_completed	1	{"call":"01a20eb4-8692-70d6-9522-da70b1c3cdb5","response":{"$":"ag2.ModelResponse","created_at":1795543041.683349,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.683353,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795543041.6831465,"metadata":{},"content":"After the drop."}},"published":[{"$":"ag2.ModelMessage","created_at":1795543041.6831465,"metadata":{},"content":"After the drop."}],"usage":{},"latency_ms":0.298}	{"session":"compacted","turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","agent":"talker"}	01a20eb4-868c-74ab-93b6-4f21a076fab8	01a20eb4-8692-70d6-9522-da71387a4a58	1795543041683463	1795543043513507	\\x8fd89cb3a77c8c1c622c1be2e12b4b48c96aa7304baaa28cf959e21800e55290	130658	1
175	default	conversation-compacted	40	01a20eb4-8694-776f-8c9a-c5b4993cbbb4	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.683349,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.683353,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795543041.6831465,"metadata":{},"content":"After the drop."}},"detached":false,"inbox":[]}	{"session":"compacted","turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","agent":"talker"}	01a20eb4-868c-74ab-93b6-4f21a076fab8	01a20eb4-8693-746c-94f9-d3108b125727	1795543041683349	1795543043513507	\\xc69e5dcd49ced2076caacac469d37392862aba8e66b2e55a2db01028852e60d6	130658	1
176	default	conversation-compacted	41	01a20eb4-8697-7032-bd26-02d32bf730ec	turn.stage_finished	1	{"turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":6.564}	{"session":"compacted","turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","agent":"talker"}	01a20eb4-868c-74ab-93b6-4f21a076fab8	01a20eb4-8694-776f-8c9a-c5b4993cbbb4	1795543041687272	1795543043513507	\\x4a578d589c57305afabbe6f9a3e4e00bf96bb0d5347d3272d267c2a4345a0998	130658	1
177	default	conversation-compacted	42	01a20eb4-8697-7032-bd26-02d450440c23	turn.stage_finished	1	{"turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":1.832}	{"session":"compacted","turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","agent":"talker"}	01a20eb4-868c-74ab-93b6-4f21a076fab8	01a20eb4-8694-776f-8c9a-c5b4993cbbb4	1795543041687292	1795543043513507	\\xc72c647e85d6cf2c267976304f41cc0a38f5de8013670190832f3c9ba45876e3	130658	1
178	default	conversation-compacted	43	01a20eb4-8697-7032-bd26-02d531c1f4e0	turn.stage_finished	1	{"turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","stage":"output_composition","ok":true,"detail":{"characters":15,"reply_version":40},"duration_ms":0.056}	{"session":"compacted","turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","agent":"talker"}	01a20eb4-868c-74ab-93b6-4f21a076fab8	01a20eb4-8694-776f-8c9a-c5b4993cbbb4	1795543041687299	1795543043513507	\\x6d2024ffbcb95142f84ef8d48e195efa36027fc10e757d8835c3cf83a92202e5	130658	1
179	default	conversation-compacted	44	01a20eb4-8697-7032-bd26-02d66d4f7795	turn.stage_finished	1	{"turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","stage":"telemetry","ok":true,"detail":{"model_calls":1,"tool_results":0,"prompt_tokens":null,"completion_tokens":null,"version":40},"duration_ms":0.02}	{"session":"compacted","turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","agent":"talker"}	01a20eb4-868c-74ab-93b6-4f21a076fab8	01a20eb4-8694-776f-8c9a-c5b4993cbbb4	1795543041687305	1795543043513507	\\x4a2850e6e51e967bbea34b81870c46ab033c89595f3c327cb1059c4dacd63bc7	130658	1
180	default	conversation-compacted	45	01a20eb4-8697-7032-bd26-02d7cbc29a8e	turn.completed	1	{"turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","duration_ms":10.243}	{"session":"compacted","turn":"01a20eb4-868c-74ab-93b6-4f21a076fab8","agent":"talker"}	01a20eb4-868c-74ab-93b6-4f21a076fab8	01a20eb4-8694-776f-8c9a-c5b4993cbbb4	1795543041687311	1795543043513507	\\xdf9353f5e61bd8b8888a014f8218ad9c31d9c45745be92f7419b2b3628aeb386	130658	1
181	default	conversation-cancelled	1	01a20eb4-869d-70c0-9561-902c085a3be5	conversation.started	1	{"source":"ag2","ag2_stream_id":"3476594a-12be-56de-8318-5078af6c1c6a","tags":{},"agent":"waiter"}	{"session":"cancelled","turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8"}	01a20eb4-869c-72b2-bae1-c81ccbb7e2e8	\N	1795543041693334	1795543043515319	\\xaf5a76423589dd675cc98a663654954b87fd269506b3b9ee7679bead83e0384a	130660	1
182	default	conversation-cancelled	2	01a20eb4-869d-70c0-9561-902bbf090681	turn.started	1	{"turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","agent":"waiter","owner":"recorder:25641:36045dec","fencing_token":1,"implicit":false}	{"session":"cancelled","turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","agent":"waiter"}	01a20eb4-869c-72b2-bae1-c81ccbb7e2e8	01a20eb4-869d-70c0-9561-902c085a3be5	1795543041693224	1795543043515319	\\x6e786105e03ea6eed8b19528928a665607aed38d009210892cb2db39a50cdbb5	130660	1
183	default	conversation-cancelled	3	01a20eb4-869e-7155-ab39-7749c82e9cf9	turn.stage_finished	1	{"turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":1.117}	{"session":"cancelled","turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","agent":"waiter"}	01a20eb4-869c-72b2-bae1-c81ccbb7e2e8	01a20eb4-869d-70c0-9561-902bbf090681	1795543041694240	1795543043515319	\\xd9e0c1e1646209203602484e2c74f267a1ae96ae8e90c2d66e392993395b37b7	130660	1
184	default	conversation-cancelled	4	01a20eb4-869e-7155-ab39-774a5e8a33f0	turn.stage_finished	1	{"turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.025}	{"session":"cancelled","turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","agent":"waiter"}	01a20eb4-869c-72b2-bae1-c81ccbb7e2e8	01a20eb4-869d-70c0-9561-902bbf090681	1795543041694257	1795543043515319	\\x15d45f4300b5d975c7052fc7b27ede8ccf1c94b86716ab0feb9ad4a67ea8acd5	130660	1
185	default	conversation-cancelled	5	01a20eb4-86a1-719f-a02d-5409d682043e	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795543041.6950593,"parts":[{"$":"ag2.TextInput","created_at":1795543041.6941824,"metadata":{},"content":"Wait."}]},"detached":false,"inbox":[]}	{"session":"cancelled","turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","agent":"waiter"}	01a20eb4-869c-72b2-bae1-c81ccbb7e2e8	01a20eb4-869d-70c0-9561-902bbf090681	1795543041695059	1795543043515319	\\x5cae54509091a4f0800f48111d361a9522111e5580b67678c8f3d9b0824778f5	130660	1
186	default	content-93cc97a0cfc2d8a1fb23ebbc7d79e51fab7bd7f00655021eace451dffa6676cf	1	00000000-0000-7735-8166-0efa8a1d5525	content.recorded	1	{"kind":"tools","content":[{"defer_loading":false,"function":{"description":"Wait for ever.","name":"wait","parameters":{"properties":{},"type":"object"}},"type":"function"}]}	{}	\N	\N	\N	1795543043517361	\\x64157cc8a5416aad830d6dac4323591b0cdc35d8a057c035adcb68cb77b80f84	130661	1
187	default	conversation-cancelled	6	01a20eb4-86a3-71f8-94a3-78e02e4f74b5	model.call_started	1	{"call":"01a20eb4-86a2-7107-a441-2b9da2f6c50c","attempt":1,"model":"scripted","messages":[{"first":5,"last":5}],"request_hash":"9ea1627de73eb0342c9ccb68b005d575f2434d25f7df8a24e049d22971890754","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"93cc97a0cfc2d8a1fb23ebbc7d79e51fab7bd7f00655021eace451dffa6676cf","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"cancelled","turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","agent":"waiter"}	01a20eb4-869c-72b2-bae1-c81ccbb7e2e8	01a20eb4-86a1-719f-a02d-5409d682043e	1795543041699724	1795543043519088	\\xb36699b42fb44396f27ea7d9ffbc1f77d61fbf1ea94c7e63607164f188f9130f	130662	1
188	default	conversation-cancelled	7	01a20eb4-86a4-7739-9828-ef2cd7248bf0	model.call_completed	1	{"call":"01a20eb4-86a2-7107-a441-2b9da2f6c50c","response":{"$":"ag2.ModelResponse","created_at":1795543041.700361,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.7003527,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.6898336,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"wait"}]}},"published":[],"usage":{},"latency_ms":0.093}	{"session":"cancelled","turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","agent":"waiter"}	01a20eb4-869c-72b2-bae1-c81ccbb7e2e8	01a20eb4-86a3-71f8-94a3-78e02e4f74b5	1795543041700471	1795543043519088	\\xc13b057aa3a473954ac176d9ecb13f844822efab286f4d15de1422ed30fa21c9	130662	1
189	default	conversation-cancelled	8	01a20eb4-86a5-77d4-8e7d-08f45ecaedc3	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.700361,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.7003527,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.6898336,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"wait"}]}},"detached":false,"inbox":[]}	{"session":"cancelled","turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","agent":"waiter"}	01a20eb4-869c-72b2-bae1-c81ccbb7e2e8	01a20eb4-86a4-7739-9828-ef2cd7248bf0	1795543041700361	1795543043519088	\\xb2d7e1c32e08f6e926b35707b425b6caa8029dccaf02046610412e8bee42170d	130662	1
190	default	conversation-cancelled	9	01a20eb4-86a6-712e-849d-dbf486d15c99	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795543041.7003527,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543041.6898336,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"wait"}]},"detached":false,"inbox":[]}	{"session":"cancelled","turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","agent":"waiter"}	01a20eb4-869c-72b2-bae1-c81ccbb7e2e8	01a20eb4-86a5-77d4-8e7d-08f45ecaedc3	1795543041700353	1795543043519088	\\x69c1e317b65096b01ba3c41fe3f585d7e02a9e45610b7f0454316038bd88b153	130662	1
191	default	conversation-cancelled	10	01a20eb4-86a8-7213-a176-7beee46bf38c	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795543041.6898336,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{}","name":"wait"},"detached":false,"inbox":[]}	{"session":"cancelled","turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","agent":"waiter"}	01a20eb4-869c-72b2-bae1-c81ccbb7e2e8	01a20eb4-86a6-712e-849d-dbf486d15c99	1795543041689834	1795543043519088	\\x53fc0d57cf7e0cddeb148f1325a24437ef1c6f4df4b77b52617b402928576735	130662	1
192	default	conversation-cancelled	11	01a20eb4-86a9-731c-aad7-ae6c417a2a22	turn.stage_finished	1	{"turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","stage":"execution","ok":false,"detail":{"model_calls_recorded":true},"error":{"type":"CancelledError","message":""},"duration_ms":10.105}	{"session":"cancelled","turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","agent":"waiter"}	01a20eb4-869c-72b2-bae1-c81ccbb7e2e8	01a20eb4-86a8-7213-a176-7beee46bf38c	1795543041705241	1795543043519088	\\x061706d430c246bef9ae76f8250dbf19ebf75c7831cea96f248834a8b5547393	130662	1
193	default	conversation-cancelled	12	01a20eb4-86a9-731c-aad7-ae6da8de7625	turn.cancelled	1	{"turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","stage":"execution","duration_ms":12.172}	{"session":"cancelled","turn":"01a20eb4-869c-72b2-bae1-c81ccbb7e2e8","agent":"waiter"}	01a20eb4-869c-72b2-bae1-c81ccbb7e2e8	01a20eb4-86a8-7213-a176-7beee46bf38c	1795543041705263	1795543043519088	\\x03149b73d97de2b62c4ea920263d3f179507a355694b62d97cd4064381280674	130662	1
194	default	conversation-cancelled	13	01a20eb4-86ae-77b9-9ecc-4c779b53ebbc	turn.started	1	{"turn":"01a20eb4-86ae-77b9-9ecc-4c765925cac1","agent":"waiter","owner":"recorder:25641:36045dec","fencing_token":2,"implicit":false}	{"session":"cancelled","turn":"01a20eb4-86ae-77b9-9ecc-4c765925cac1","agent":"waiter"}	01a20eb4-86ae-77b9-9ecc-4c765925cac1	01a20eb4-86a9-731c-aad7-ae6da8de7625	1795543041710790	1795543043519088	\\xfa312c69096611dcc78bf7676341a16a9aab0306a928a646d008c98066f6fcba	130662	1
195	default	conversation-cancelled	14	01a20eb4-86af-7185-ac3e-019ece947002	conversation.event_recorded	1	{"event":{"$":"ag2.ToolResultsEvent","created_at":1795543041.7115777,"results":[{"$":"ag2.ToolResultEvent","created_at":1795543041.7115712,"parent_id":"call_1","name":"wait","result":{"$":"ag2.ToolResult","parts":[{"$":"ag2.TextInput","created_at":1795543041.7115605,"metadata":{},"content":"This tool call has no result: the turn ended before the tool answered. It is unknown whether the tool took effect."}],"final":false,"metadata":{}}}]},"detached":true,"inbox":[]}	{"session":"cancelled","turn":"01a20eb4-86ae-77b9-9ecc-4c765925cac1"}	01a20eb4-86ae-77b9-9ecc-4c765925cac1	01a20eb4-86ae-77b9-9ecc-4c779b53ebbc	1795543041711578	1795543043519088	\\x06f6dd8a4b84a3ae7f41e7e0bf5e0b4d62a6be6e11899053101327b3937616a3	130662	1
196	default	conversation-cancelled	15	01a20eb4-86af-7185-ac3e-019f6a9a1d3f	conversation.history_replaced	1	{"spans":[{"first":5,"last":5},{"first":8,"last":10},{"first":14,"last":14}]}	{"session":"cancelled","turn":"01a20eb4-86ae-77b9-9ecc-4c765925cac1"}	01a20eb4-86ae-77b9-9ecc-4c765925cac1	\N	1795543041711831	1795543043519088	\\x22f9d8f2111d7a6653bfe57595b81b06c726c93aa2ac7e8f58f16d88d26254f7	130662	1
197	default	conversation-cancelled	16	01a20eb4-86b0-72e1-b298-4e768ce75609	turn.stage_finished	1	{"turn":"01a20eb4-86ae-77b9-9ecc-4c765925cac1","stage":"bootstrap","ok":true,"detail":{"closed_calls":1,"version":15,"history":5},"duration_ms":2.102}	{"session":"cancelled","turn":"01a20eb4-86ae-77b9-9ecc-4c765925cac1","agent":"waiter"}	01a20eb4-86ae-77b9-9ecc-4c765925cac1	01a20eb4-86af-7185-ac3e-019f6a9a1d3f	1795543041712627	1795543043519088	\\x08fdcd4077ab75d8bd3f89613450db455224c2575c182b4f68789b54a0c31d43	130662	1
198	default	conversation-cancelled	17	01a20eb4-86b0-72e1-b298-4e77606fb8cd	turn.stage_finished	1	{"turn":"01a20eb4-86ae-77b9-9ecc-4c765925cac1","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.02}	{"session":"cancelled","turn":"01a20eb4-86ae-77b9-9ecc-4c765925cac1","agent":"waiter"}	01a20eb4-86ae-77b9-9ecc-4c765925cac1	01a20eb4-86af-7185-ac3e-019f6a9a1d3f	1795543041712642	1795543043519088	\\x7050123001cbe3851af94af64f2c110710de7e79e2c4d8bc27acc5612a851a3d	130662	1
199	default	conversation-cancelled	18	01a20eb4-86b4-7332-86f7-d455498d5f83	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795543041.7133405,"parts":[{"$":"ag2.TextInput","created_at":1795543041.7125685,"metadata":{},"content":"Still there?"}]},"detached":false,"inbox":[]}	{"session":"cancelled","turn":"01a20eb4-86ae-77b9-9ecc-4c765925cac1","agent":"waiter"}	01a20eb4-86ae-77b9-9ecc-4c765925cac1	01a20eb4-86ae-77b9-9ecc-4c779b53ebbc	1795543041713341	1795543043519088	\\xea86db7f97e5fd7655406c094bdc17fb2e269fc4fd3150146c2c40037922b09f	130662	1
200	default	conversation-cancelled	19	01a20eb4-86b5-702e-a362-9a92584346db	model.call_started	1	{"call":"01a20eb4-86b5-702e-a362-9a91afd7e698","attempt":1,"model":"scripted","messages":[{"first":5,"last":5},{"first":8,"last":10},{"first":14,"last":14},{"first":18,"last":18}],"request_hash":"adf46a0bc1a544b5e42db132b49b83d6bad096cb6f496bf530fe197f853074be","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"93cc97a0cfc2d8a1fb23ebbc7d79e51fab7bd7f00655021eace451dffa6676cf","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"cancelled","turn":"01a20eb4-86ae-77b9-9ecc-4c765925cac1","agent":"waiter"}	01a20eb4-86ae-77b9-9ecc-4c765925cac1	01a20eb4-86b4-7332-86f7-d455498d5f83	1795543041717514	1795543043519088	\\x1c20d74e66c4926ea9abdc604fa71a500f35cc59609d95c3e12052c6a4ae50e1	130662	1
201	default	conversation-cancelled	20	01a20eb4-86b6-77a4-b8b3-a5300e126e10	model.call_failed	1	{"call":"01a20eb4-86b5-702e-a362-9a91afd7e698","error":{"type":"ConnectionError","message":"lost"},"outcome":"error","published":[],"latency_ms":0.077}	{"session":"cancelled","turn":"01a20eb4-86ae-77b9-9ecc-4c765925cac1","agent":"waiter"}	01a20eb4-86ae-77b9-9ecc-4c765925cac1	01a20eb4-86b5-702e-a362-9a92584346db	1795543041718256	1795543043519088	\\xf184b179f11e9cd09fe2c773119d85af45e8f1af0e7e80de151b5471129aa212	130662	1
202	default	conversation-cancelled	21	01a20eb4-86b7-74f1-963a-f730476ea44b	turn.stage_finished	1	{"turn":"01a20eb4-86ae-77b9-9ecc-4c765925cac1","stage":"execution","ok":false,"detail":{"model_calls_recorded":true},"error":{"type":"ConnectionError","message":"lost"},"duration_ms":5.731}	{"session":"cancelled","turn":"01a20eb4-86ae-77b9-9ecc-4c765925cac1","agent":"waiter"}	01a20eb4-86ae-77b9-9ecc-4c765925cac1	01a20eb4-86b6-77a4-b8b3-a5300e126e10	1795543041719137	1795543043519088	\\xa341a715b40de193d0370af35189640b10f8b831d0046b9012d464dfde8a4bb5	130662	1
203	default	conversation-cancelled	22	01a20eb4-86b7-74f1-963a-f731e113ee1e	turn.failed	1	{"turn":"01a20eb4-86ae-77b9-9ecc-4c765925cac1","error":{"type":"ConnectionError","message":"lost"},"stage":"execution","abandoned":false,"duration_ms":8.668}	{"session":"cancelled","turn":"01a20eb4-86ae-77b9-9ecc-4c765925cac1","agent":"waiter"}	01a20eb4-86ae-77b9-9ecc-4c765925cac1	01a20eb4-86b6-77a4-b8b3-a5300e126e10	1795543041719154	1795543043519088	\\x3d00bb1b40e4141b08aa7fd71b2b53160919f3a4a9967860ec6fc41280b70614	130662	1
204	default	conversation-inbox	1	01a20eb4-86ba-77ae-ab78-a6cdd3b99cea	conversation.started	1	{"source":"ag2","ag2_stream_id":"ac8933b8-07af-5003-a10b-a7ba82e3dba8","tags":{},"agent":"reader"}	{"session":"inbox"}	inbox	\N	1795543041722937	1795543043521196	\\xb87cd7f89fbb6906753e0b99e6aa8be7b27bed745abb2035255bb7c01794e2f8	130664	1
205	default	conversation-inbox	2	01a20eb4-86ba-77ae-ab78-a6ccd8d72320	conversation.message_enqueued	1	{"message":"01a20eb4-86ba-77ae-ab78-a6ccd8d72320","parts":[{"$":"ag2.TextInput","created_at":1795543041.7223506,"metadata":{},"content":"early"},{"$":"ag2.TextInput","created_at":1795543041.7223303,"metadata":{},"content":"bird"}]}	{"session":"inbox"}	inbox	01a20eb4-86ba-77ae-ab78-a6cdd3b99cea	1795543041722411	1795543043521196	\\xe4b0ec547d45deaa966e4754c0e3509d3e004bbcaae4176aafa06998ac1b966f	130664	1
206	default	conversation-inbox	3	01a20eb4-86bd-75a6-9568-890fb9f5a0b6	turn.started	1	{"turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","agent":"reader","owner":"recorder:25641:36045dec","fencing_token":1,"implicit":false}	{"session":"inbox","turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","agent":"reader"}	01a20eb4-86bc-73d7-8409-a7abb1d7f53e	01a20eb4-86ba-77ae-ab78-a6ccd8d72320	1795543041725717	1795543043521196	\\x1214e22bbaee66b68dd428b25414635079bed0e547f9b3b501969583952d4e95	130664	1
207	default	conversation-inbox	4	01a20eb4-86be-729b-ae28-e0c50e4fa0c1	turn.stage_finished	1	{"turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","stage":"bootstrap","ok":true,"detail":{"version":3,"history":0},"duration_ms":1.665}	{"session":"inbox","turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","agent":"reader"}	01a20eb4-86bc-73d7-8409-a7abb1d7f53e	01a20eb4-86bd-75a6-9568-890fb9f5a0b6	1795543041726343	1795543043521196	\\x3e8d8d6aaf31e9be6586ce3716f85b93c5e52f56e0319285d1632fbac188b0e9	130664	1
208	default	conversation-inbox	5	01a20eb4-86be-729b-ae28-e0c6ee012f01	turn.stage_finished	1	{"turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":1},"duration_ms":0.021}	{"session":"inbox","turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","agent":"reader"}	01a20eb4-86bc-73d7-8409-a7abb1d7f53e	01a20eb4-86bd-75a6-9568-890fb9f5a0b6	1795543041726358	1795543043521196	\\x214d84f2f8c54e891be35ee5317124824fbbed8da3aa58140d24436221ba6619	130664	1
209	default	conversation-inbox	6	01a20eb4-86c1-73e3-9d90-9bd2c0fd2968	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795543041.7287953,"parts":[{"$":"ag2.TextInput","created_at":1795543041.7223506,"metadata":{},"content":"early"},{"$":"ag2.TextInput","created_at":1795543041.7223303,"metadata":{},"content":"bird"},{"$":"ag2.TextInput","created_at":1795543041.7262888,"metadata":{},"content":"late"}]},"detached":false,"inbox":["01a20eb4-86ba-77ae-ab78-a6ccd8d72320"]}	{"session":"inbox","turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","agent":"reader"}	01a20eb4-86bc-73d7-8409-a7abb1d7f53e	01a20eb4-86bd-75a6-9568-890fb9f5a0b6	1795543041728795	1795543043521196	\\x7e12fdcd77ec99831a8f46864fff05740babe78e67a40a7908042c793f11e929	130664	1
210	default	conversation-inbox	7	01a20eb4-86c2-70c3-8f37-2984bf7a4647	model.call_started	1	{"call":"01a20eb4-86c2-70c3-8f37-298379894306","attempt":1,"model":"scripted","messages":[{"first":6,"last":6}],"request_hash":"76630a966ab5a3bfcd2be4dacb41d7d1db8b9d36b4735119a4efb6c3645ea2aa","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"inbox","turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","agent":"reader"}	01a20eb4-86bc-73d7-8409-a7abb1d7f53e	01a20eb4-86c1-73e3-9d90-9bd2c0fd2968	1795543041730491	1795543043521196	\\xb161a28ec01cc8aceb39535f652117da2d9cd620bb3d4b3d20df941b1db4e0eb	130664	1
211	default	conversation-inbox	8	01a20eb4-86c3-77c1-938a-89bace6f321c	model.call_completed	1	{"call":"01a20eb4-86c2-70c3-8f37-298379894306","response":{"$":"ag2.ModelResponse","created_at":1795543041.7313342,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.7313375,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795543041.7311432,"metadata":{},"content":"Read."}},"published":[{"$":"ag2.ModelMessage","created_at":1795543041.7311432,"metadata":{},"content":"Read."}],"usage":{},"latency_ms":0.282}	{"session":"inbox","turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","agent":"reader"}	01a20eb4-86bc-73d7-8409-a7abb1d7f53e	01a20eb4-86c2-70c3-8f37-2984bf7a4647	1795543041731444	1795543043521196	\\xc994488e022656aaa9163950d0e203ee84e3ae05d7780041ac11e7115dda6af9	130664	1
212	default	conversation-inbox	9	01a20eb4-86c4-738d-9d54-2c75359a77cd	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.7313342,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.7313375,"calls":[]},"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"message":{"$":"ag2.ModelMessage","created_at":1795543041.7311432,"metadata":{},"content":"Read."}},"detached":false,"inbox":[]}	{"session":"inbox","turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","agent":"reader"}	01a20eb4-86bc-73d7-8409-a7abb1d7f53e	01a20eb4-86c3-77c1-938a-89bace6f321c	1795543041731334	1795543043521196	\\x16fc03fc3a6039197174b062ad92cb802652f28084aef4048bcb578742c95b76	130664	1
213	default	conversation-inbox	10	01a20eb4-86c7-7085-ba5e-4d8d04dbdb60	turn.stage_finished	1	{"turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":6.148}	{"session":"inbox","turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","agent":"reader"}	01a20eb4-86bc-73d7-8409-a7abb1d7f53e	01a20eb4-86c4-738d-9d54-2c75359a77cd	1795543041735064	1795543043521196	\\x7cef0d1eaacde618c06fe12a90875457d57e717d15bf16e03ac8beb009ac6b90	130664	1
214	default	conversation-inbox	11	01a20eb4-86c7-7085-ba5e-4d8e11527db7	turn.stage_finished	1	{"turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":1.785}	{"session":"inbox","turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","agent":"reader"}	01a20eb4-86bc-73d7-8409-a7abb1d7f53e	01a20eb4-86c4-738d-9d54-2c75359a77cd	1795543041735084	1795543043521196	\\x34bdaf42d63db93babdcdff5020fdd82ab74bf9667aa0b64beba831314b7c6f1	130664	1
215	default	conversation-inbox	12	01a20eb4-86c7-7085-ba5e-4d8fe011a8d5	turn.stage_finished	1	{"turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","stage":"output_composition","ok":true,"detail":{"characters":5,"reply_version":9},"duration_ms":0.057}	{"session":"inbox","turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","agent":"reader"}	01a20eb4-86bc-73d7-8409-a7abb1d7f53e	01a20eb4-86c4-738d-9d54-2c75359a77cd	1795543041735090	1795543043521196	\\x62fac752a9f17e201a9ca0cb8c74571a55ef8630a111109cac0d5fb07b36d82f	130664	1
216	default	conversation-inbox	13	01a20eb4-86c7-7085-ba5e-4d9099926c14	turn.stage_finished	1	{"turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","stage":"telemetry","ok":true,"detail":{"model_calls":1,"tool_results":0,"prompt_tokens":null,"completion_tokens":null,"version":9},"duration_ms":0.061}	{"session":"inbox","turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","agent":"reader"}	01a20eb4-86bc-73d7-8409-a7abb1d7f53e	01a20eb4-86c4-738d-9d54-2c75359a77cd	1795543041735096	1795543043521196	\\x094c460885a83e783d48c878278d3c898aa643287486e7934f89421b35bd33bf	130664	1
217	default	conversation-inbox	14	01a20eb4-86c7-7085-ba5e-4d91e6c5dd90	turn.completed	1	{"turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","duration_ms":10.448}	{"session":"inbox","turn":"01a20eb4-86bc-73d7-8409-a7abb1d7f53e","agent":"reader"}	01a20eb4-86bc-73d7-8409-a7abb1d7f53e	01a20eb4-86c4-738d-9d54-2c75359a77cd	1795543041735103	1795543043521196	\\x9b2b53217244a72c265d9ace02901a55e1e6f62b5a6e67c57b8c560b8e91c573	130664	1
218	default	conversation-inbox	15	01a20eb4-86c9-753d-9fe2-54d77dc55b09	conversation.message_enqueued	1	{"message":"01a20eb4-86c9-753d-9fe2-54d77dc55b09","parts":[{"$":"ag2.TextInput","created_at":1795543041.7375307,"metadata":{},"content":"nobody has read this yet"}]}	{"session":"inbox"}	inbox	01a20eb4-86c7-7085-ba5e-4d91e6c5dd90	1795543041737585	1795543043521196	\\xf464f0b75275d3ce0b4eef322e846e8fedd309f85e2e10cbb94aa6928cd96d9d	130664	1
219	default	conversation-closed	1	01a20eb4-86cd-729b-bc98-eff3f4486d4d	conversation.started	1	{"source":"ag2","ag2_stream_id":"453fc1c5-0e59-509d-8186-c6b3afc85b6c","tags":{"env":"test"},"agent":"brief"}	{"session":"closed","turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743"}	01a20eb4-86cd-729b-bc98-eff12cdaf743	\N	1795543041741836	1795543043523916	\\xd47ffdbe76016b38a031418633b861839b58be7b8e9226eac894c35c607e48c1	130665	1
220	default	conversation-closed	2	01a20eb4-86cd-729b-bc98-eff26c1374a6	turn.started	1	{"turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","agent":"brief","owner":"recorder:25641:36045dec","fencing_token":1,"implicit":false}	{"session":"closed","turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","agent":"brief"}	01a20eb4-86cd-729b-bc98-eff12cdaf743	01a20eb4-86cd-729b-bc98-eff3f4486d4d	1795543041741728	1795543043523916	\\xd964e1583512215a5475e3d3dc290bdb8d34317dd0cfaf3d1273473defa4ebe0	130665	1
221	default	conversation-closed	3	01a20eb4-86ce-747e-9ff5-eddcdcac1d67	turn.stage_finished	1	{"turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":1.125}	{"session":"closed","turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","agent":"brief"}	01a20eb4-86cd-729b-bc98-eff12cdaf743	01a20eb4-86cd-729b-bc98-eff26c1374a6	1795543041742754	1795543043523916	\\xeacc65a51f81f7cdc2e170031dce5481fcfbfc7bf2b9f22fd7c92dff973ca197	130665	1
222	default	conversation-closed	4	01a20eb4-86ce-747e-9ff5-eddd8471213f	turn.stage_finished	1	{"turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.025}	{"session":"closed","turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","agent":"brief"}	01a20eb4-86cd-729b-bc98-eff12cdaf743	01a20eb4-86cd-729b-bc98-eff26c1374a6	1795543041742771	1795543043523916	\\xa5838021f51d244d3a12a7f29253c40700d6d07e3ff5f3be06812d3f69e147bb	130665	1
223	default	conversation-closed	5	01a20eb4-86d2-7570-94e2-37964af08512	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795543041.7435303,"parts":[{"$":"ag2.TextInput","created_at":1795543041.7426934,"metadata":{},"content":"Bye?"}]},"detached":false,"inbox":[]}	{"session":"closed","turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","agent":"brief"}	01a20eb4-86cd-729b-bc98-eff12cdaf743	01a20eb4-86cd-729b-bc98-eff26c1374a6	1795543041743530	1795543043523916	\\xd48c4e6361772d466d159cf295a034c59e502988c1a34c4ed7865ccb53c72dd7	130665	1
224	default	conversation-closed	6	01a20eb4-86d3-73a2-b177-df68babe129a	model.call_started	1	{"call":"01a20eb4-86d3-73a2-b177-df67d53f3930","attempt":1,"model":"scripted","messages":[{"first":5,"last":5}],"request_hash":"c0b24d2c2c8d82f8a4d81982f5e09f27b2d1fadd1be09baa390627c8888a3e61","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"closed","turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","agent":"brief"}	01a20eb4-86cd-729b-bc98-eff12cdaf743	01a20eb4-86d2-7570-94e2-37964af08512	1795543041747510	1795543043523916	\\x2a6bd9eba4acbb8eb6ce6b3b57261eece985f3cc48a56bc22af52028e8fdfacd	130665	1
280	acme & söhne	order-1	5	01970000-0000-7000-8000-000000000004	order.placed	2	{"tenth":0.1,"tiny":5e-324,"huge":1.7976931348623157e+308,"negative_zero":-0.0}	{}	\N	01970000-0000-7000-8000-000000000003	253402300799999999	1795543043721762	\\xa94e0bc5edc0d442b7099af138e76356ffb51a29815342ce21331184e0803d9f	130729	1
225	default	conversation-closed	7	01a20eb4-86d4-702d-9aa4-461a83450fc3	model.call_completed	1	{"call":"01a20eb4-86d3-73a2-b177-df67d53f3930","response":{"$":"ag2.ModelResponse","created_at":1795543041.7395358,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.739539,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795543041.739527,"metadata":{},"content":"Bye."}},"published":[],"usage":{"prompt_tokens":17.0,"completion_tokens":5.0},"finish_reason":"stop","latency_ms":0.071}	{"session":"closed","turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","agent":"brief"}	01a20eb4-86cd-729b-bc98-eff12cdaf743	01a20eb4-86d3-73a2-b177-df68babe129a	1795543041748274	1795543043523916	\\x38298a092ea3b33804c5741ca39b4d7fe6a5fd14bbf3d51f0179237aa56f49f7	130665	1
226	default	conversation-closed	8	01a20eb4-86d5-72dd-9d1b-cabaee20057f	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795543041.748938,"label":null,"parts":[],"kind":"model_call","model":"scripted-1","provider":null,"finish_reason":"stop","usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"closed","turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","agent":"brief"}	01a20eb4-86cd-729b-bc98-eff12cdaf743	01a20eb4-86d4-702d-9aa4-461a83450fc3	1795543041748938	1795543043523916	\\x7ec5a591216b3d8de4047b88032fca3660ab2b285c2f96bab3a4f41db19b494c	130665	1
227	default	conversation-closed	9	01a20eb4-86d6-775b-88ec-6b6b703916f2	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543041.7395358,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543041.739539,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795543041.739527,"metadata":{},"content":"Bye."}},"detached":false,"inbox":[]}	{"session":"closed","turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","agent":"brief"}	01a20eb4-86cd-729b-bc98-eff12cdaf743	01a20eb4-86d4-702d-9aa4-461a83450fc3	1795543041739536	1795543043523916	\\x567aa1c9af54385cf6159c50326907d01be49b19a43fd92443e1d01bb625e713	130665	1
228	default	conversation-closed	10	01a20eb4-86d8-76ed-b5b0-0982a7a9d1f3	turn.stage_finished	1	{"turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":7.316}	{"session":"closed","turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","agent":"brief"}	01a20eb4-86cd-729b-bc98-eff12cdaf743	01a20eb4-86d6-775b-88ec-6b6b703916f2	1795543041752654	1795543043523916	\\x06c4d77f18598ddabf672bb9a8273aed2fdaf3731e6243792c516a52b2d51665	130665	1
229	default	conversation-closed	11	01a20eb4-86d8-76ed-b5b0-0983f4f134ec	turn.stage_finished	1	{"turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":1.663}	{"session":"closed","turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","agent":"brief"}	01a20eb4-86cd-729b-bc98-eff12cdaf743	01a20eb4-86d6-775b-88ec-6b6b703916f2	1795543041752672	1795543043523916	\\xd6bde1cf32715cf153a07c0c2fcc06c384f226e913227dfa89afd0d55f920b73	130665	1
230	default	conversation-closed	12	01a20eb4-86d8-76ed-b5b0-09846afc5ba7	turn.stage_finished	1	{"turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","stage":"output_composition","ok":true,"detail":{"characters":4,"reply_version":9},"duration_ms":0.054}	{"session":"closed","turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","agent":"brief"}	01a20eb4-86cd-729b-bc98-eff12cdaf743	01a20eb4-86d6-775b-88ec-6b6b703916f2	1795543041752678	1795543043523916	\\xeb8b6d09f71b36ccd5935f62f8a373c81a88b024074a4d0a1a823160302f0ece	130665	1
231	default	conversation-closed	13	01a20eb4-86d8-76ed-b5b0-09856f1ed1b9	turn.stage_finished	1	{"turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","stage":"telemetry","ok":true,"detail":{"model_calls":1,"tool_results":0,"prompt_tokens":17,"completion_tokens":5,"version":9},"duration_ms":0.022}	{"session":"closed","turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","agent":"brief"}	01a20eb4-86cd-729b-bc98-eff12cdaf743	01a20eb4-86d6-775b-88ec-6b6b703916f2	1795543041752684	1795543043523916	\\xe4e754af87fbc7c7147c83576d126e4c9f2b058673ef02037ca3cad37ceb327c	130665	1
232	default	conversation-closed	14	01a20eb4-86d8-76ed-b5b0-0986c72a08c1	turn.completed	1	{"turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","duration_ms":11.098}	{"session":"closed","turn":"01a20eb4-86cd-729b-bc98-eff12cdaf743","agent":"brief"}	01a20eb4-86cd-729b-bc98-eff12cdaf743	01a20eb4-86d6-775b-88ec-6b6b703916f2	1795543041752690	1795543043523916	\\x7b61599c3dc926e5d5ae8c667df650c96ee04632d48265a3daf5eb64b9ac869c	130665	1
233	default	conversation-closed	15	01a20eb4-86dc-72d2-8a93-d7e65d326740	conversation.closed	1	{"reason":"resolved"}	{"session":"closed"}	closed	01a20eb4-86d8-76ed-b5b0-0986c72a08c1	1795543041756490	1795543043523916	\\x5e1238ac2f58fa1f278fa1c10c58b39eea469ce187683f15fe38a60052b19101	130665	1
234	default	conversation-golden/3#1	1	00000000-0000-7c22-bac8-6cc1668d37eb	conversation.started	1	{"source":"tau-bench","tags":{"task":"3","trial":"1"},"origin":{"format":"tau-bench","file":"bikes.json","record":"$[0]","document":{"task_id":3,"trial":1,"reward":0.5,"info":{"note":null,"seed":12345678901234567890,"weights":[0.1,1e-7,1.0]},"traj":null},"messages_at":"traj","derived":false,"shared":{}}}	{"session":"golden/3#1"}	golden/3#1	\N	\N	1795543043526648	\\xde199911caede6c5a27218d74b8aa735296360a7b848716367eb0350ac341fe5	130667	1
235	default	conversation-golden/3#1	2	00000000-0000-760a-b1f2-bd448ed52670	conversation.message_imported	1	{"index":0,"role":"system","content":"You rent out bicycles.","calls":[],"source":{"role":"system","content":null}}	{"session":"golden/3#1"}	golden/3#1	\N	\N	1795543043526648	\\xe6c97f923bc39645aaf614db570b49547e1460135e0ab9410f8f64f5e8c41128	130667	1
236	default	conversation-golden/3#1	3	00000000-0000-7de1-a0ac-636995e9806a	conversation.message_imported	1	{"index":1,"role":"user","content":{"$":"str","base64":"RWluIFJhZCBmw7xyIFNhbXN0YWcsIGJpdHRlLiAAIPCfmrI="},"calls":[],"source":{"role":"user","content":null}}	{"session":"golden/3#1"}	golden/3#1	\N	\N	1795543043526648	\\xa156090170f49e7fc28e57a6da1efa9d03a01e1a2707e694dc839192e90a7ca6	130667	1
237	default	conversation-golden/3#1	4	00000000-0000-7f20-9ab9-37112405d189	conversation.message_imported	1	{"index":2,"role":"assistant","calls":[{"name":"list_bikes","id":"call_a","arguments":"{\\"day\\": \\"sat\\"}"},{"name":"list_bikes","id":"call_a","arguments":"{\\"day\\": \\"sun\\""}],"source":{"role":"assistant","content":null,"tool_calls":[{"id":"call_a","type":"function","function":{"name":"list_bikes","arguments":"{\\"day\\": \\"sat\\"}"}},{"id":"call_a","type":"function","function":{"name":"list_bikes","arguments":"{\\"day\\": \\"sun\\""}}]}}	{"session":"golden/3#1"}	golden/3#1	\N	\N	1795543043526648	\\x0c7cbacd79d11df65569b69ced3cb6daca0c9f9a1b6d7bfcd8e4033534a2dd48	130667	1
238	default	conversation-golden/3#1	5	00000000-0000-7cde-955f-67bfb8ffa970	conversation.message_imported	1	{"index":3,"role":"tool","content":"[4, 7]","calls":[],"result":{"name":"list_bikes","call":0,"derived_error":false},"source":{"role":"tool","tool_call_id":"call_a","name":"list_bikes","content":null}}	{"session":"golden/3#1"}	golden/3#1	00000000-0000-7f20-9ab9-37112405d189	\N	1795543043526648	\\xfda11d47a2afafbf2d9182aa22e11400e11627e5ecd3cab1b2eca8d335c444e5	130667	1
239	default	conversation-golden/3#1	6	00000000-0000-70ed-a86d-8babb0b694ba	conversation.message_imported	1	{"index":4,"role":"tool","content":"Error: malformed arguments","calls":[],"result":{"name":"list_bikes","call":1,"derived_error":true},"source":{"role":"tool","tool_call_id":"call_a","name":"list_bikes","content":null}}	{"session":"golden/3#1"}	golden/3#1	00000000-0000-7f20-9ab9-37112405d189	\N	1795543043526648	\\x6c229add82091817e5d537ee19976fa38d6a3499e5c6374b55aaf7a1ab61e0bb	130667	1
240	default	conversation-golden/3#1	7	00000000-0000-7eb2-bc56-0f4bf321f5d1	conversation.message_imported	1	{"index":5,"role":"assistant","content":"Numbers 4 and 7 are free.","calls":[],"source":{"role":"assistant","content":null}}	{"session":"golden/3#1"}	golden/3#1	\N	\N	1795543043526648	\\xd68bd4303989297311877a6bab3ab5dbb5266225d78dbae187cb67cc1c9c1003	130667	1
241	default	conversation-golden/3#1	8	00000000-0000-750d-acbd-229b61935000	conversation.message_imported	1	{"index":6,"role":"user","content":[{"type":"text","text":"Then 7."}],"calls":[],"source":{"role":"user","content":null}}	{"session":"golden/3#1"}	golden/3#1	\N	\N	1795543043526648	\\xc16a6a2a5ef0f018e3b011cb53983fb0ac96689ceed3bbb067687f413d3b319d	130667	1
242	default	conversation-golden/3#1	9	00000000-0000-75bb-a179-fc3ec32695d8	conversation.closed	1	{}	{"session":"golden/3#1"}	golden/3#1	\N	\N	1795543043526648	\\xd548e8723171c899ba95ac78454f2598aa8851d78592369ec7ba213e2fd1b158	130667	1
243	default	content-17e837025230d180006c60c2dfcdf11403ea035500aebf9d3c3be77e01a78682	1	00000000-0000-70e6-a589-13db66232246	content.recorded	1	{"kind":"tau2.file","content":{"timestamp":"2025-05-06T07:08:09.101112"}}	{}	\N	\N	\N	1795543043528858	\\x3b22dd4ff6c9412b425a21725d8753e72490c809f537e4d66b7ec91745aedca0	130668	1
244	default	content-6ffd2d440379956bc4c1916215bfa3eaa19bfd56e8666d913de41af8f1590085	1	00000000-0000-7c6a-b67b-1753a47f875e	content.recorded	1	{"kind":"tau2.info","content":{"agent_info":{"implementation":"made_up","llm":"none"},"environment_info":{"domain_name":"bikes","policy":"Be kind.","tool_defs":null}}}	{}	\N	\N	\N	1795543043530767	\\x9f2b3b3a76191e0b89849de927d6443accb82afbc5432ec82d069e3cd75dbdfe	130669	1
245	default	content-62cc967da32fd3fc9a2ad1100b6f371f55ba8d9c7939f8511fee29645c4cd8a1	1	00000000-0000-7520-8d78-76af28737d92	content.recorded	1	{"kind":"tau2.task","content":{"id":"b1","ticket":null}}	{}	\N	\N	\N	1795543043532844	\\x26742cc87392896641fc7218094e270e435a5190effb348f37fa88b61fa1c1a6	130671	1
246	default	conversation-golden/bike-talk	1	0196a46c-6790-77f5-b580-ed751f217f86	conversation.started	1	{"source":"tau2","tags":{"task":"b1","trial":"0","domain":"bikes"},"agent":"none","origin":{"format":"tau2","file":"bikes-sim.json","record":"$.simulations[0]","document":{"id":"bike-talk","task_id":"b1","trial":0,"start_time":"2025-05-06T07:08:10.000001","end_time":"2025-05-06T07:09:00","duration":50.0,"termination_reason":"user_stop","reward_info":{"reward":1.0},"messages":null},"messages_at":"messages","derived":false,"shared":{"file":"17e837025230d180006c60c2dfcdf11403ea035500aebf9d3c3be77e01a78682","info":"6ffd2d440379956bc4c1916215bfa3eaa19bfd56e8666d913de41af8f1590085","task":"62cc967da32fd3fc9a2ad1100b6f371f55ba8d9c7939f8511fee29645c4cd8a1"}}}	{"session":"golden/bike-talk","source_time":"2025-05-06T07:08:10.000001"}	golden/bike-talk	\N	1746515290000001	1795543043534916	\\x6d4305fbb6003d750e0aad8fe7c85b91f23d56949d3eec944b32a1711b5e1af6	130672	1
247	default	conversation-golden/bike-talk	2	0196a46c-6d6c-7516-bc6a-58429b843527	conversation.message_imported	1	{"index":0,"role":"assistant","calls":[{"name":"b","id":"x","arguments":{"n":1},"actor":"user"},{"name":"b","id":"y","arguments":{"n":2},"actor":"user"}],"prompt_tokens":3625,"completion_tokens":24,"cost_usd":0.0025,"source":{"role":"assistant","content":null,"timestamp":"2025-05-06T07:08:11.5","cost":0.0025,"usage":{"completion_tokens":24,"prompt_tokens":3625},"tool_calls":[{"id":"x","name":"b","arguments":{"n":1},"requestor":"user"},{"id":"y","name":"b","arguments":{"n":2},"requestor":"user"}]}}	{"session":"golden/bike-talk","source_time":"2025-05-06T07:08:11.5"}	golden/bike-talk	\N	1746515291500000	1795543043534916	\\x7ed910bf153f6b3e4cb2ed2ed76de5a8e287f9b1f35f1fdb4d5d99d1d3dd66ec	130672	1
248	default	conversation-golden/bike-talk	3	00000000-0000-70fd-b73a-eacc4a874d73	conversation.message_imported	1	{"index":1,"role":"tool","content":"2","calls":[],"result":{"call":1,"error":false},"source":{"id":"y","role":"tool","content":null,"requestor":"user","error":false}}	{"session":"golden/bike-talk"}	golden/bike-talk	0196a46c-6d6c-7516-bc6a-58429b843527	\N	1795543043534916	\\xd9ad1c26c95da80cdfe76d83597f53b404a96d86836d6be1a819099bcfaeca3b	130672	1
249	default	conversation-golden/bike-talk	4	00000000-0000-7b2f-a8fe-a1642867ce67	conversation.message_imported	1	{"index":2,"role":"tool","content":"!","calls":[],"result":{"call":0,"error":true},"source":{"id":"x","role":"tool","content":null,"requestor":"assistant","error":true}}	{"session":"golden/bike-talk"}	golden/bike-talk	0196a46c-6d6c-7516-bc6a-58429b843527	\N	1795543043534916	\\xb7d80a344ccf0aea061a960bd1356752a9280b7a18ce468b6ff9a63674c31c02	130672	1
250	default	conversation-golden/bike-talk	5	0196a46d-2ae0-7644-9142-961ee1d1caa3	conversation.closed	1	{"reason":"user_stop"}	{"session":"golden/bike-talk","source_time":"2025-05-06T07:09:00"}	golden/bike-talk	\N	1746515340000000	1795543043534916	\\x8eca1045fa988e56f25d7c1fea1855ee5fdf8f2e2f0a5f520cea0aca821d04c1	130672	1
251	default	chat-1	1	01a20eb4-86e3-7550-936b-d244440a3fcc	chat.said	1	{"text":"a"}	{}	\N	\N	\N	1795543043537008	\\xf0bb3d0469ae11c8b9177f169ca41daf67e9e74055025ba9244576fbafecb2ce	130674	1
252	default	chat-1	2	01a20eb4-86e3-7550-936b-d24519073368	chat.said	1	{"text":"b"}	{}	\N	\N	\N	1795543043537008	\\xd5747ab55c23df75d8a9c537fbc7b2a1185e14cdde1b11d05e6e8a0adc958b8d	130674	1
253	default	chat-1	3	01a20eb4-86e3-7550-936b-d2461bfe9e59	chat.said	1	{"text":"c"}	{}	\N	\N	\N	1795543043537008	\\x1eec24f3b2714a942808dafa7a2045b654257407a900b46c81d208c430354263	130674	1
254	default	chat-1	4	01a20eb4-86e3-7550-936b-d247c66d5fce	chat.said	1	{"text":"d"}	{}	\N	\N	\N	1795543043537008	\\x114450593323a10f886f1486a35452a788c46ec8780f788480e6388a598cf729	130674	1
255	default	stream-chat-2	1	01a20eb4-86e4-7615-bcb7-7d45e6efb76d	stream.forked	1	{"stream":"chat-2","parent":"chat-1","version":2,"digest":"99275940f4eb6ac87bbfcc03b659f75fb62ed346977b5d5d1e5ac736ddd8f9f4"}	{"session":"what-if"}	\N	\N	\N	1795543043539119	\\x189608b4bdf67c64ec65ab88f3d35cafb391dddb8d75cbc5a56bf96ea440760b	130675	1
256	default	chat-2	3	01a20eb4-86e5-7138-ba91-443ffa0b2f38	chat.said	1	{"text":"c"}	{}	\N	\N	\N	1795543043548923	\\xad32894a29461f2231f85fe7e678d1833627a13ce227988b72b2f96afceededb	130679	1
257	default	chat-2	4	01a20eb4-86e5-7138-ba91-44400537fd99	chat.said	1	{"text":"d"}	{}	\N	\N	\N	1795543043548923	\\x22557a6a0142b55c0126b5c566647910e0daf2fb16e02b3a2b9913259c34e657	130679	1
258	default	stream-chat-3	1	01a20eb4-86e6-7505-bbc7-f1fd20b78680	stream.forked	1	{"stream":"chat-3","parent":"chat-2","version":3,"digest":"4c84f0f596b3e333cecfea0d1ac8a82908e6138465e41bb629c9d2039a71f6c7"}	{}	\N	\N	\N	1795543043550785	\\x15a22e63ce66d069d562c7d00544a35587f22a80ee5810a35e098d0bbae16019	130680	1
259	default	stream-chat-4	1	01a20eb4-86e7-7098-997e-fc3504eb0e4d	stream.forked	1	{"stream":"chat-4","parent":"chat-3","version":1,"digest":"f9cc91853b7a01ec2b3acb68cfc1fcdd97ad96d9b694a36660664234a183140e"}	{}	\N	\N	\N	1795543043552839	\\x2da63b0a8b67ca97308eec874dd9e619d43370b1d6ef37c5b033bef889671b7a	130681	1
260	default	chat-4	2	01a20eb4-86e7-7098-997e-fc36118557dd	chat.said	1	{"text":"a"}	{}	\N	\N	\N	1795543043558293	\\xa7c4b376aa5db745d2ce8ef1680e8182f0f2a9f7d0938fac2ce16b620e1c28f1	130684	1
261	default	stream-chat-2	2	01a20eb4-86e8-74d1-ad65-deda5dc8ff97	stream.metadata_set	1	{"stream":"chat-2","metadata":{"why":"What if? 🤔","tries":[1,null]}}	{}	\N	\N	\N	1795543043559172	\\x85bb56995a782e6dfc9f69bd34b21c9a309e68d6602aee5e0ca96be2048c50ef	130685	1
262	default	stream-chat-4	2	01a20eb4-86e8-74d1-ad65-dedb3bda8139	stream.ended	1	{"stream":"chat-4","version":2,"reason":"tried out"}	{}	\N	\N	\N	1795543043560004	\\x50f9f5950f3dbbe8b1ebac8700a073e032f692655be8131e48cdf4fb9b4efa75	130687	1
263	default	conversation-interrupted	1	01a20eb4-8c0e-7541-8f0e-982e4639341e	conversation.started	1	{"source":"ag2","ag2_stream_id":"2bdddaf6-dc49-500c-a38d-bfa923abaea7","subject":"user:9","tags":{},"agent":"mortal"}	{"session":"interrupted","turn":"01a20eb4-8c0e-7541-8f0e-982c2158f61e"}	01a20eb4-8c0e-7541-8f0e-982c2158f61e	\N	1795543043086698	1795543043561574	\\xdc2bc962ab0c3523675c4b183793f6361291ac31440343d0758ee044091ec188	130688	1
264	default	conversation-interrupted	2	01a20eb4-8c0e-7541-8f0e-982dfe09af58	turn.started	1	{"turn":"01a20eb4-8c0e-7541-8f0e-982c2158f61e","agent":"mortal","owner":"recorder:25650:915df373","fencing_token":1,"implicit":false}	{"session":"interrupted","turn":"01a20eb4-8c0e-7541-8f0e-982c2158f61e","agent":"mortal"}	01a20eb4-8c0e-7541-8f0e-982c2158f61e	01a20eb4-8c0e-7541-8f0e-982e4639341e	1795543043086511	1795543043561574	\\xe211a2414ebe698660d2ca08e4ff7a1e182426662ee059d2295fad0671b408fa	130688	1
265	default	conversation-interrupted	3	01a20eb4-8c10-7482-98d3-5e3ce750653c	turn.stage_finished	1	{"turn":"01a20eb4-8c0e-7541-8f0e-982c2158f61e","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":1.931}	{"session":"interrupted","turn":"01a20eb4-8c0e-7541-8f0e-982c2158f61e","agent":"mortal"}	01a20eb4-8c0e-7541-8f0e-982c2158f61e	01a20eb4-8c0e-7541-8f0e-982dfe09af58	1795543043088243	1795543043561574	\\x85497d4c1dd95dd5eb141f21017457d795cf0bea65353fca59cc84a1483352b8	130688	1
266	default	conversation-interrupted	4	01a20eb4-8c10-7482-98d3-5e3dccea5d5a	turn.stage_finished	1	{"turn":"01a20eb4-8c0e-7541-8f0e-982c2158f61e","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.04}	{"session":"interrupted","turn":"01a20eb4-8c0e-7541-8f0e-982c2158f61e","agent":"mortal"}	01a20eb4-8c0e-7541-8f0e-982c2158f61e	01a20eb4-8c0e-7541-8f0e-982dfe09af58	1795543043088269	1795543043561574	\\xb7591935616d41eb1e90dbfcbf57a9ee9367c15417ee9f3cb36c6511d26d3648	130688	1
267	default	conversation-interrupted	5	01a20eb4-8c1f-72d6-9461-66309121b2a5	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795543043.0890937,"parts":[{"$":"ag2.TextInput","created_at":1795543043.0881577,"metadata":{},"content":"Do it."}]},"detached":false,"inbox":[]}	{"session":"interrupted","turn":"01a20eb4-8c0e-7541-8f0e-982c2158f61e","agent":"mortal"}	01a20eb4-8c0e-7541-8f0e-982c2158f61e	01a20eb4-8c0e-7541-8f0e-982dfe09af58	1795543043089094	1795543043561574	\\x2eba2efaf76274754a79ce7eaa10d6eef80eb81ff174d44ade8259cdf8ab023b	130688	1
268	default	content-111da89622da68d509b97ab213c5a429c0ecd373a8537708a18cf8633a79c4d8	1	00000000-0000-74d2-b49a-0fe94253cc36	content.recorded	1	{"kind":"tools","content":[{"defer_loading":false,"function":{"description":"Die.","name":"die","parameters":{"properties":{},"type":"object"}},"type":"function"}]}	{}	\N	\N	\N	1795543043563528	\\x9864c7d3e776bf42d3d099e2acaf9a143c7b725d39a39d46096480d1e6d44da0	130689	1
269	default	conversation-interrupted	6	01a20eb4-8c22-7353-8292-058a5234000f	model.call_started	1	{"call":"01a20eb4-8c21-7250-bf85-c3f679fb8c64","attempt":1,"model":"scripted","messages":[{"first":5,"last":5}],"request_hash":"007034aac805993627eda114bb932a39cb1874f2e07263daa9eddf65826030b6","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"111da89622da68d509b97ab213c5a429c0ecd373a8537708a18cf8633a79c4d8","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"interrupted","turn":"01a20eb4-8c0e-7541-8f0e-982c2158f61e","agent":"mortal"}	01a20eb4-8c0e-7541-8f0e-982c2158f61e	01a20eb4-8c1f-72d6-9461-66309121b2a5	1795543043106537	1795543043564989	\\xcb8e37a69c5e5b38577d1fa4d749770ac455d24a8f871403d94c7866fe89fbbc	130690	1
270	default	conversation-interrupted	7	01a20eb4-8c23-734e-ba71-36218c68dbf2	model.call_completed	1	{"call":"01a20eb4-8c21-7250-bf85-c3f679fb8c64","response":{"$":"ag2.ModelResponse","created_at":1795543043.1073596,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543043.10735,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543043.0808215,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"n\\": [1, {\\"é\\": null}]}","name":"die"}]}},"published":[],"usage":{},"latency_ms":0.155}	{"session":"interrupted","turn":"01a20eb4-8c0e-7541-8f0e-982c2158f61e","agent":"mortal"}	01a20eb4-8c0e-7541-8f0e-982c2158f61e	01a20eb4-8c22-7353-8292-058a5234000f	1795543043107514	1795543043564989	\\x788f3ba42a44ac2c7fc04fb368264982bcd8d7e814e19d17c71c500a66f0fbda	130690	1
271	default	conversation-interrupted	8	01a20eb4-8c24-7611-802f-85e2cb4e28ab	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543043.1073596,"message":null,"usage":{"$":"ag2.Usage","prompt_tokens":null,"completion_tokens":null,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"response_force":false,"files":[],"model":null,"provider":null,"finish_reason":null,"response_id":null,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543043.10735,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543043.0808215,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"n\\": [1, {\\"é\\": null}]}","name":"die"}]}},"detached":false,"inbox":[]}	{"session":"interrupted","turn":"01a20eb4-8c0e-7541-8f0e-982c2158f61e","agent":"mortal"}	01a20eb4-8c0e-7541-8f0e-982c2158f61e	01a20eb4-8c23-734e-ba71-36218c68dbf2	1795543043107360	1795543043564989	\\xb193854c7bfe87fbe59787cb8ff08f1fe001aada02bdf6e001dd1b4c79a7a454	130690	1
272	default	conversation-interrupted	9	01a20eb4-8c26-7119-af32-9de13a720c10	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallsEvent","created_at":1795543043.10735,"calls":[{"$":"ag2.ToolCallEvent","created_at":1795543043.0808215,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"n\\": [1, {\\"é\\": null}]}","name":"die"}]},"detached":false,"inbox":[]}	{"session":"interrupted","turn":"01a20eb4-8c0e-7541-8f0e-982c2158f61e","agent":"mortal"}	01a20eb4-8c0e-7541-8f0e-982c2158f61e	01a20eb4-8c24-7611-802f-85e2cb4e28ab	1795543043107350	1795543043564989	\\xc98b8352670858593e14ab6b3055104040a1b0e44c8e1e106a5497ee7dd32daa	130690	1
273	default	conversation-interrupted	10	01a20eb4-8c28-7503-9ffc-67b54a316218	conversation.event_recorded	1	{"event":{"$":"ag2.ToolCallEvent","created_at":1795543043.0808215,"vendor_metadata":{},"source":null,"id":"call_1","arguments":"{\\"n\\": [1, {\\"é\\": null}]}","name":"die"},"detached":false,"inbox":[]}	{"session":"interrupted","turn":"01a20eb4-8c0e-7541-8f0e-982c2158f61e","agent":"mortal"}	01a20eb4-8c0e-7541-8f0e-982c2158f61e	01a20eb4-8c26-7119-af32-9de13a720c10	1795543043080822	1795543043564989	\\x36e4dfd8b7aac465615ef01150dc4a758d19fb455a059a2f21f1a5cb79a65daa	130690	1
274	default	access-2026-11-24	1	01a20eb4-8c60-7781-892d-97a4b97ad65a	access.log_accessed	1	{"actor":"auditor","action":"read","target":"ticket-4711","parameters":{"what":"transcript"},"rows":10,"door":"library"}	{}	\N	\N	1795543043167781	1795543043566439	\\x58af55561629a196e935486967c17145543effe166570e7070fd7dc55c6af85d	130692	1
275	default	conversation-closed	16	01a20eb4-8cb8-757b-805a-1e96e75331e7	conversation.tags_changed	1	{"tags":{"late":"yes"}}	{}	\N	\N	\N	1795543043624430	\\x2a54434a799ad8afe08acc93336c3e7323159a2da02e75cb7960c7a157ce9ae9	130700	1
276	acme & söhne	order-1	1	01970000-0000-7000-8000-000000000000	order.opened	1	{}	{}	\N	\N	\N	1795543043721762	\\x9bc49b9f6fc264181cb455910fbf7149c213d5cdbe9970f2b4b719276b3447d9	130729	1
277	acme & söhne	order-1	2	01970000-0000-7000-8000-000000000001	order.placed	2	{"":""," ":" ","null":null,"true":true,"nested":{"a":[{"b":[[],{}]}]}}	{"session":"order/1","n":1}	case-1	01970000-0000-7000-8000-000000000000	-1	1795543043721762	\\x12b65b97a671504e35cabecf93835c1194c8c7e61713d2984ca383983924552a	130729	1
278	acme & söhne	order-1	3	01970000-0000-7000-8000-000000000002	order.placed	3	{"text":"Ünïcödé 漢字 😀 é é \\"\\\\/ \\u0000\\u0007\\u001f ﻿"}	{}	\N	01970000-0000-7000-8000-000000000001	1709189100000000	1795543043721762	\\xfb4e8d52d5ef8b2881f7ae46990f4c8128a9ddae2d03e2bc0d2cbae4c9d5ad67	130729	1
279	acme & söhne	order-1	4	01970000-0000-7000-8000-000000000003	order.placed	1	{"2**53+1":9007199254740993,"max":9223372036854775807,"min":-9223372036854775808,"unsigned":18446744073709551615,"zero":0}	{"session":"order/1","n":3}	case-1	01970000-0000-7000-8000-000000000002	-62135596800000000	1795543043721762	\\x34c08bb42728deea7f73fa3491601cc756db609f806d765929e1deedb47bca12	130729	1
283	acme & söhne	content-c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0	1	00000000-0000-7d4e-a89f-4f3d564d2744	content.recorded	1	{"kind":"note","content":{"a":[1.5,null],"b":"ß"}}	{}	\N	\N	\N	1795543043729831	\\xe4f2e6fe79123773f6c0c35e93e8bc2426f1312223114bbeb78a409f130777a6	130731	1
284	acme & söhne	order-1	8	01a20eb4-8c3b-7469-b89b-8de0bc48487e	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795543043731664	\\xd5c8d7810697363998f31f27274407f6b7d23ec43b1548d9668d36e75e50114c	130732	1
285	acme & söhne	order-Zweig 二-x	1	01a20eb4-8c3b-7469-b89b-8de11129197d	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795543043737293	\\x6db203f0bcee83f6a02bc7269c593fc053714b9e3e1741e479ab008a040dd4c2	130734	1
286	acme & söhne	stock_take-a-b	1	01a20eb4-8c3b-7469-b89b-8de2aa6fb601	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795543043739637	\\xcc56e2a7e7cc97c48fef9a58f8e399406949de986ff4140f332e5a1f8dc6c270	130735	1
287	acme & söhne	stock_take-a-b	2	01a20eb4-8c3b-7469-b89b-8de3622f5a8a	stock.counted	1	{"content":"c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0"}	{"session":"stock take"}	\N	\N	\N	1795543043739637	\\x46afb573598583b9a1276ac12d96232ff8e2ffea097e7c74900255d3577f64c7	130735	1
288	acme & söhne	conversation-closed	1	01a20eb4-8c41-7489-bde7-9976466c4939	conversation.started	1	{"source":"ag2","ag2_stream_id":"453fc1c5-0e59-509d-8186-c6b3afc85b6c","tags":{"env":"test"},"agent":"brief"}	{"session":"closed","turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b"}	01a20eb4-8c41-7489-bde7-9974d2004a4b	\N	1795543043137515	1795543043741957	\\x182815a255053440645d52231a24e2512be54fb1e8461b030787ef6608d454c2	130736	1
289	acme & söhne	conversation-closed	2	01a20eb4-8c41-7489-bde7-9975f9979ab1	turn.started	1	{"turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","agent":"brief","owner":"recorder:25641:73b9069a","fencing_token":1,"implicit":false}	{"session":"closed","turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","agent":"brief"}	01a20eb4-8c41-7489-bde7-9974d2004a4b	01a20eb4-8c41-7489-bde7-9976466c4939	1795543043137398	1795543043741957	\\xeb15ee81ffa1d195ae44cd32f1ddc9916cf3222b679e1d5a8ac87277827275ce	130736	1
290	acme & söhne	conversation-closed	3	01a20eb4-8c42-767b-a1d5-8778025b7a63	turn.stage_finished	1	{"turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","stage":"bootstrap","ok":true,"detail":{"version":2,"history":0},"duration_ms":1.243}	{"session":"closed","turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","agent":"brief"}	01a20eb4-8c41-7489-bde7-9974d2004a4b	01a20eb4-8c41-7489-bde7-9975f9979ab1	1795543043138562	1795543043741957	\\x7623c249acd8021e20c5e01e0d718824954f28e23be9139e43f93b7053d8af1c	130736	1
291	acme & söhne	conversation-closed	4	01a20eb4-8c42-767b-a1d5-87791f69c037	turn.stage_finished	1	{"turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","stage":"input_normalisation","ok":true,"detail":{"parts":["TextInput"],"inbox":0},"duration_ms":0.028}	{"session":"closed","turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","agent":"brief"}	01a20eb4-8c41-7489-bde7-9974d2004a4b	01a20eb4-8c41-7489-bde7-9975f9979ab1	1795543043138583	1795543043741957	\\x9c5bc0cba670cfe3e77e75ccb4d7d31f9d3262e5a5938b026439e84363376dfc	130736	1
292	acme & söhne	conversation-closed	5	01a20eb4-8c45-728e-84df-e65333a85ac4	conversation.event_recorded	1	{"event":{"$":"ag2.ModelRequest","created_at":1795543043.1393433,"parts":[{"$":"ag2.TextInput","created_at":1795543043.1384635,"metadata":{},"content":"Bye?"}]},"detached":false,"inbox":[]}	{"session":"closed","turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","agent":"brief"}	01a20eb4-8c41-7489-bde7-9974d2004a4b	01a20eb4-8c41-7489-bde7-9975f9979ab1	1795543043139343	1795543043741957	\\xc577d48b69557ea5dc169a26e0015b2c04bfef0e972fa8bef0c63d929ea146b5	130736	1
293	acme & söhne	content-35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56	1	00000000-0000-7ec6-ab79-ca8b4fd42308	content.recorded	1	{"kind":"prompt","content":[]}	{}	\N	\N	\N	1795543043744272	\\xba482d79a9e8dbaf45b1b229a734d1e7b9b14d2a4352380b759eda7a24203879	130738	1
294	acme & söhne	content-e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b	1	00000000-0000-7119-ad1b-222226c7b831	content.recorded	1	{"kind":"tools","content":[]}	{}	\N	\N	\N	1795543043746155	\\x76b4b7969297cd22bcdf7ada155bd96ec9a5f2ed4ed684390be51c650bc5616c	130739	1
295	acme & söhne	content-92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc	1	00000000-0000-7410-b410-bf3840f79e54	content.recorded	1	{"kind":"parameters","content":{}}	{}	\N	\N	\N	1795543043747943	\\x63d21b7e0eb57855e255a56eb22d91e6634a37db54a9a3c7fc15c181f33e2d99	130741	1
296	acme & söhne	conversation-closed	6	01a20eb4-8c47-7414-843d-d4b0ddc10929	model.call_started	1	{"call":"01a20eb4-8c46-77ce-ac0c-9f9699a2e6f5","attempt":1,"model":"scripted","messages":[{"first":5,"last":5}],"request_hash":"c0b24d2c2c8d82f8a4d81982f5e09f27b2d1fadd1be09baa390627c8888a3e61","prompt_hash":"35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56","tools_hash":"e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b","parameters_hash":"92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc"}	{"session":"closed","turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","agent":"brief"}	01a20eb4-8c41-7489-bde7-9974d2004a4b	01a20eb4-8c45-728e-84df-e65333a85ac4	1795543043143742	1795543043749532	\\xa5b587160b0c17fd22f06c59852adc005a48b9c65c47ab3d38941a73129a4a3a	130742	1
297	acme & söhne	conversation-closed	7	01a20eb4-8c48-755f-984a-a95b53baae86	model.call_completed	1	{"call":"01a20eb4-8c46-77ce-ac0c-9f9699a2e6f5","response":{"$":"ag2.ModelResponse","created_at":1795543043.1336534,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543043.133658,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795543043.1336417,"metadata":{},"content":"Bye."}},"published":[],"usage":{"prompt_tokens":17.0,"completion_tokens":5.0},"finish_reason":"stop","latency_ms":0.075}	{"session":"closed","turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","agent":"brief"}	01a20eb4-8c41-7489-bde7-9974d2004a4b	01a20eb4-8c47-7414-843d-d4b0ddc10929	1795543043144498	1795543043749532	\\x17e42798363bd141b43d572cc2072f92b01edff2e011aa8b69563d88090e04bc	130742	1
298	acme & söhne	conversation-closed	8	01a20eb4-8c49-71ae-a021-ec0a28f5e3c3	conversation.event_recorded	1	{"event":{"$":"ag2.UsageEvent","created_at":1795543043.1451573,"label":null,"parts":[],"kind":"model_call","model":"scripted-1","provider":null,"finish_reason":"stop","usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null}},"detached":false,"inbox":[]}	{"session":"closed","turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","agent":"brief"}	01a20eb4-8c41-7489-bde7-9974d2004a4b	01a20eb4-8c48-755f-984a-a95b53baae86	1795543043145157	1795543043749532	\\x66f6745d252047b954a59aa79faae76bfedeaa8cbebacd383b25c3ac91813424	130742	1
299	acme & söhne	conversation-closed	9	01a20eb4-8c4a-72c3-8ce4-33dbdbf3ed5b	conversation.event_recorded	1	{"event":{"$":"ag2.ModelResponse","created_at":1795543043.1336534,"tool_calls":{"$":"ag2.ToolCallsEvent","created_at":1795543043.133658,"calls":[]},"response_force":false,"files":[],"provider":null,"response_id":null,"usage":{"$":"ag2.Usage","prompt_tokens":17,"completion_tokens":5,"total_tokens":null,"cache_read_input_tokens":null,"cache_creation_input_tokens":null,"thinking_tokens":null},"model":"scripted-1","finish_reason":"stop","message":{"$":"ag2.ModelMessage","created_at":1795543043.1336417,"metadata":{},"content":"Bye."}},"detached":false,"inbox":[]}	{"session":"closed","turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","agent":"brief"}	01a20eb4-8c41-7489-bde7-9974d2004a4b	01a20eb4-8c48-755f-984a-a95b53baae86	1795543043133653	1795543043749532	\\xfdd5c58372441cd8602cd785aec2ff6c32c222de29b5ce26042d3b1ae131bbcf	130742	1
300	acme & söhne	conversation-closed	10	01a20eb4-8c4d-76c9-b78f-712602b0e9c0	turn.stage_finished	1	{"turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","stage":"execution","ok":true,"detail":{"model_calls_recorded":true},"duration_ms":7.934}	{"session":"closed","turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","agent":"brief"}	01a20eb4-8c41-7489-bde7-9974d2004a4b	01a20eb4-8c4a-72c3-8ce4-33dbdbf3ed5b	1795543043149270	1795543043749532	\\x0ae2bb2a3188a810be18fbd57b1c7e143cba00af6dbb97b7c18d73811eceaa37	130742	1
301	acme & söhne	conversation-closed	11	01a20eb4-8c4d-76c9-b78f-7127ba13435e	turn.stage_finished	1	{"turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","stage":"policy_checks","ok":true,"detail":{"unanswered_calls":0},"duration_ms":1.848}	{"session":"closed","turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","agent":"brief"}	01a20eb4-8c41-7489-bde7-9974d2004a4b	01a20eb4-8c4a-72c3-8ce4-33dbdbf3ed5b	1795543043149287	1795543043749532	\\xfd4f12db584454f5e64dc12a8b3e9c8fea3496b929eb9a93e54e40d3d4f19218	130742	1
302	acme & söhne	conversation-closed	12	01a20eb4-8c4d-76c9-b78f-712876dfcca6	turn.stage_finished	1	{"turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","stage":"output_composition","ok":true,"detail":{"characters":4,"reply_version":9},"duration_ms":0.056}	{"session":"closed","turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","agent":"brief"}	01a20eb4-8c41-7489-bde7-9974d2004a4b	01a20eb4-8c4a-72c3-8ce4-33dbdbf3ed5b	1795543043149294	1795543043749532	\\x17d80dae3bdfa8b00fc4f13860273f55404539c7cc4d556429c72db64cfa37e1	130742	1
303	acme & söhne	conversation-closed	13	01a20eb4-8c4d-76c9-b78f-71295b16ee9d	turn.stage_finished	1	{"turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","stage":"telemetry","ok":true,"detail":{"model_calls":1,"tool_results":0,"prompt_tokens":17,"completion_tokens":5,"version":9},"duration_ms":0.022}	{"session":"closed","turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","agent":"brief"}	01a20eb4-8c41-7489-bde7-9974d2004a4b	01a20eb4-8c4a-72c3-8ce4-33dbdbf3ed5b	1795543043149300	1795543043749532	\\xa83424c26c78e2173af6671b4b80c4c528b78992f8e28ebd634117e334f74aa6	130742	1
304	acme & söhne	conversation-closed	14	01a20eb4-8c4d-76c9-b78f-712a9ddf50a4	turn.completed	1	{"turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","duration_ms":12.071}	{"session":"closed","turn":"01a20eb4-8c41-7489-bde7-9974d2004a4b","agent":"brief"}	01a20eb4-8c41-7489-bde7-9974d2004a4b	01a20eb4-8c4a-72c3-8ce4-33dbdbf3ed5b	1795543043149306	1795543043749532	\\xdee43aad06ebb959f684948a3a1acfc7b28484c30dc8730d053c5dafbb667b49	130742	1
305	acme & söhne	conversation-closed	15	01a20eb4-8c51-76fc-a37b-39afaced072d	conversation.closed	1	{"reason":"resolved"}	{"session":"closed"}	closed	01a20eb4-8c4d-76c9-b78f-712a9ddf50a4	1795543043153946	1795543043749532	\\x99359a6de86a99d988282338cc1f1a50bb1b5b6e424612c27ae9a94d7ea100db	130742	1
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
default	conversation-interrupted	recorder:25650:915df373	1	1795543044658692
default	conversation-refund	\N	1	0
default	conversation-ticket-4711	\N	2	0
acme & söhne	conversation-closed	\N	2	0
\.


--
-- Data for Name: log_info; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.log_info (key, value) FROM stdin;
database_id	e3a857d9
\.


--
-- Data for Name: parked_events; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.parked_events (tenant, consumer_group, event_tenant, event_id, partition, stream, version, type, cursor, reason, attempts, parked_at, retry_at, discarded_at, discard_reason) FROM stdin;
\.


--
-- Data for Name: projection_builds; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.projection_builds (tenant, name, build, version, code, state, partitions, after, until, failure, begun_at) FROM stdin;
default	session_list	1	1	09224a49171976381e1d715b98210f61	ready	1	\N	\N	\N	1795543043589120
acme & söhne	session_list	1	1	09224a49171976381e1d715b98210f61	ready	1	\N	\N	\N	1795543043759614
\.


--
-- Data for Name: projection_checkpoints; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.projection_checkpoints (tenant, name, build, partition, cursor, events, events_per_second, moved_at) FROM stdin;
default	session_list	1	0	c2.e3a857d9.1.130690.273	115	11991.775518147371	1795543043615210
acme & söhne	session_list	1	0	c2.e3a857d9.1.130742.305	6	793.7899168911986	1795543043782368
\.


--
-- Data for Name: projection_parked_events; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.projection_parked_events (tenant, name, build, event_id, stream, version, type, cursor, reason, parked_at) FROM stdin;
\.


--
-- Data for Name: projections; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.projections (tenant, name, active_build, previous_build, inline, paused_at) FROM stdin;
default	session_list	1	\N	f	\N
acme & söhne	session_list	1	\N	f	\N
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
default	ticket-4711	conversation-ticket-4711	ticket-4711	\N	ag2	user:7	{\n"env": "prod",\n"l\\u00edngua": "pt",\n"priority": "high"\n}	support	ba2ff0e8-47a6-5aa5-99ff-0725ba2e757f	1795543041423948	\N	\N	\N	1795543043475200	1795543043482394	44	f	\N	10	4	4	2	2	17	5	\N	2	0	[]	ticket-4711\nuser:7\nenv=prod\nlíngua=pt\npriority=high
default	refund	conversation-refund	refund	\N	ag2	user:8	{}	clerk	3e2750ed-c79f-554d-a08c-74cd8400c18a	1795543041511357	\N	\N	\N	1795543043485137	1795543043490051	21	f	\N	6	2	2	0	0	\N	\N	\N	1	0	[]	refund\nuser:8
default	delegated	conversation-delegated	delegated	\N	ag2	\N	{}	boss	cb3d221a-86ad-5600-95c1-a3712518d7da	1795543041563197	\N	\N	\N	1795543043491804	1795543043502395	18	f	\N	4	1	1	0	0	17	5	\N	1	0	[]	delegated\n
default	a3a5a337-bc69-485e-a810-2389748ac113	conversation-a3a5a337-bc69-485e-a810-2389748ac113	delegated	conversation-delegated	ag2	\N	{}	expert	a3a5a337-bc69-485e-a810-2389748ac113	1795543041587797	\N	\N	\N	1795543043496090	1795543043500932	14	f	\N	4	1	1	0	0	17	5	\N	0	0	[]	a3a5a337-bc69-485e-a810-2389748ac113\n
default	compacted	conversation-compacted	compacted	\N	ag2	\N	{}	talker	9cfdfedd-1253-56cf-a0e0-bac1459ca0e3	1795543041629959	\N	\N	\N	1795543043504337	1795543043513507	40	f	\N	6	0	0	0	0	51	15	\N	3	0	[]	compacted\n
default	cancelled	conversation-cancelled	cancelled	\N	ag2	\N	{}	waiter	3476594a-12be-56de-8318-5078af6c1c6a	1795543041693334	\N	\N	\N	1795543043515319	1795543043519088	22	f	\N	4	1	1	0	0	\N	\N	\N	2	1	[]	cancelled\n
default	inbox	conversation-inbox	inbox	\N	ag2	\N	{}	reader	ac8933b8-07af-5003-a10b-a7ba82e3dba8	1795543041722937	\N	\N	\N	1795543043521196	1795543043521196	9	f	\N	2	0	0	0	0	\N	\N	\N	1	0	[]	inbox\n
default	closed	conversation-closed	closed	\N	ag2	\N	{\n"env": "test"\n}	brief	453fc1c5-0e59-509d-8186-c6b3afc85b6c	1795543041741836	\N	1795543041756490	\N	1795543043523916	1795543043523916	15	t	resolved	2	0	0	0	0	17	5	\N	1	0	[]	closed\n\nenv=test
default	golden/3#1	conversation-golden/3#1	golden/3#1	\N	tau-bench	\N	{\n"task": "3",\n"trial": "1"\n}	\N	\N	\N	\N	\N	\N	1795543043526648	1795543043526648	9	t	\N	7	2	2	1	1	\N	\N	\N	0	0	[]	golden/3#1\n\ntask=3\ntrial=1
default	golden/bike-talk	conversation-golden/bike-talk	golden/bike-talk	\N	tau2	\N	{\n"task": "b1",\n"trial": "0",\n"domain": "bikes"\n}	none	\N	1746515290000001	2025-05-06T07:08:10.000001	1746515340000000	2025-05-06T07:09:00	1795543043534916	1795543043534916	5	t	user_stop	3	2	2	1	1	3625	24	0.0025	0	0	[]	golden/bike-talk\n\ntask=b1\ntrial=0\ndomain=bikes
default	interrupted	conversation-interrupted	interrupted	\N	ag2	user:9	{}	mortal	2bdddaf6-dc49-500c-a38d-bfa923abaea7	1795543043086698	\N	\N	\N	1795543043561574	1795543043564989	10	f	\N	2	1	0	0	0	\N	\N	\N	1	0	["call_1"]	interrupted\nuser:9
acme & söhne	closed	conversation-closed	closed	\N	ag2	\N	{\n"env": "test"\n}	brief	453fc1c5-0e59-509d-8186-c6b3afc85b6c	1795543043137515	\N	1795543043153946	\N	1795543043741957	1795543043749532	15	t	resolved	2	0	0	0	0	17	5	\N	1	0	[]	closed\n\nenv=test
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
default	content-c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0	1	\\x19a78f6801c8f2c76fc34e4824549c6e8be2fffaba5f271bedab3c3e3ea20323	\N	\N	\N	\N
default	order-1	8	\\xbf2571a521f3d00c58b10f66b96e3893de4d8ebaa545781441ee27f4ce70a73f	\N	\N	\N	\N
default	order-Zweig 二-x	1	\\xfba750ebc6559ba06bedf309bda532123b171040f7a3c615a4f0e51ae3ea79b0	stock take	\N	\N	\N
default	stock_take-a-b	2	\\x206a70e83812885e00c276ad392293377d217d3d116f9e1c7cc08195ed29a513	stock take	\N	\N	\N
default	content-de8c09980ad01f98b37af18523e4cfc837b8ed6ce368b317eeb11022cf8e3e6e	1	\\xaf211609d73da9452b6e902aea8e6643548d05fbcdac1ab396df4dbe7f9b7348	\N	\N	\N	\N
default	content-19e374deca003bec004c9326904750be58225e0a4c32ff89b1e1ed4b8bdd7c8a	1	\\x81cc80cb2508711e7864d993e5919d56bd5daac14a7dbedfb04d718cc30b2ea6	\N	\N	\N	\N
default	content-92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc	1	\\x1315d174d533fec277f4685f589b31f5a686fe1243e267ceb4b05b0362d7031f	\N	\N	\N	\N
default	conversation-ticket-4711	49	\\xe0aea24957c17018c7373dce9bc11c3a3dad71d2d0dddcfb1fae51e483853173	ticket-4711	\N	\N	\N
default	content-35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56	1	\\x8788688d034bcdc1f48f1632bde90f59fcf6a9d27a3d4eaf6402e5a7ee32b5d9	\N	\N	\N	\N
default	content-cc4932aa9482974f3e7541d891675004ae046edf9b591089b9437bee676d7ece	1	\\xcd086304c27fb892d87bcce972635d32ed3f380b804f23f0033cb9d4d92929d6	\N	\N	\N	\N
default	conversation-refund	26	\\x61447bdca1603313fc53d2632a7b40115760ac04c5737bb57412b0f6526bfcc7	refund	\N	\N	\N
default	content-1640d5430d97d9d7a39159f685733c18f89996c4ffe7418edb080860c7df0a05	1	\\x58d3d17bd78753b6e48bf3cea8b88c03d47dd0711763922859604b226d99bfa7	\N	\N	\N	\N
acme & söhne	order-Zweig 二-x	1	\\x6db203f0bcee83f6a02bc7269c593fc053714b9e3e1741e479ab008a040dd4c2	stock take	\N	\N	\N
default	content-1db4c9de52fbb124a6916b76d91c05668c7228040b3c50bbb658850d88c3b4e7	1	\\xf74b0637b7543fb9357758808f90fa9b2e2c2e97c7a732062f9d0ae29f673acf	\N	\N	\N	\N
default	content-cab7fb2bbcd3d57d75cd21957cc324cfe884dcce73b53c5c61d203203755c63c	1	\\x76cee9023482aadd4a063f00d4901cca61e36a83e51d74062ef14afbbda15953	\N	\N	\N	\N
default	conversation-a3a5a337-bc69-485e-a810-2389748ac113	14	\\x218afe629ec3726b51368ddf9868530f1a7840d5a08e7586c551c58213070150	delegated	\N	\N	\N
default	conversation-delegated	23	\\x32f87a70f9dea23f872662dfa81fb3d8088409e9b1ec40e3a4bcac30123c3048	delegated	\N	\N	\N
default	content-718e023a879845caaee1b4340271203e744e5f393b7ed311f0e57138dd362de3	1	\\x81b8dc4b09ef7791deb738907abf78e6c1d14f1b9d84e5e403516c00afc5b46c	\N	\N	\N	\N
acme & söhne	stock_take-a-b	2	\\x46afb573598583b9a1276ac12d96232ff8e2ffea097e7c74900255d3577f64c7	stock take	\N	\N	\N
default	content-41bb47f532b04ee7f7b01791a0bdf6251020e7488b0a1c43de98f4fe88ac7a2d	1	\\xa802e03665a52e69e34d2a102bf5a76d2cfc38567f508e34bd8fcae0dd9aaaee	\N	\N	\N	\N
default	content-e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b	1	\\xca33106ee0ea61059fc5132bb20cdaef82fc1c86be123d8b76ee026450065310	\N	\N	\N	\N
default	conversation-compacted	45	\\xdf9353f5e61bd8b8888a014f8218ad9c31d9c45745be92f7419b2b3628aeb386	compacted	\N	\N	\N
default	content-93cc97a0cfc2d8a1fb23ebbc7d79e51fab7bd7f00655021eace451dffa6676cf	1	\\x64157cc8a5416aad830d6dac4323591b0cdc35d8a057c035adcb68cb77b80f84	\N	\N	\N	\N
default	conversation-cancelled	22	\\x3d00bb1b40e4141b08aa7fd71b2b53160919f3a4a9967860ec6fc41280b70614	cancelled	\N	\N	\N
default	conversation-inbox	15	\\xf464f0b75275d3ce0b4eef322e846e8fedd309f85e2e10cbb94aa6928cd96d9d	inbox	\N	\N	\N
default	conversation-golden/3#1	9	\\xd548e8723171c899ba95ac78454f2598aa8851d78592369ec7ba213e2fd1b158	golden/3#1	\N	\N	\N
default	content-17e837025230d180006c60c2dfcdf11403ea035500aebf9d3c3be77e01a78682	1	\\x3b22dd4ff6c9412b425a21725d8753e72490c809f537e4d66b7ec91745aedca0	\N	\N	\N	\N
default	content-6ffd2d440379956bc4c1916215bfa3eaa19bfd56e8666d913de41af8f1590085	1	\\x9f2b3b3a76191e0b89849de927d6443accb82afbc5432ec82d069e3cd75dbdfe	\N	\N	\N	\N
default	content-62cc967da32fd3fc9a2ad1100b6f371f55ba8d9c7939f8511fee29645c4cd8a1	1	\\x26742cc87392896641fc7218094e270e435a5190effb348f37fa88b61fa1c1a6	\N	\N	\N	\N
default	conversation-golden/bike-talk	5	\\x8eca1045fa988e56f25d7c1fea1855ee5fdf8f2e2f0a5f520cea0aca821d04c1	golden/bike-talk	\N	\N	\N
default	chat-1	4	\\x114450593323a10f886f1486a35452a788c46ec8780f788480e6388a598cf729	\N	\N	\N	\N
default	chat-2	4	\\x22557a6a0142b55c0126b5c566647910e0daf2fb16e02b3a2b9913259c34e657	what-if	chat-1	2	\N
default	stream-chat-3	1	\\x15a22e63ce66d069d562c7d00544a35587f22a80ee5810a35e098d0bbae16019	\N	\N	\N	\N
default	stream-chat-2	2	\\x85bb56995a782e6dfc9f69bd34b21c9a309e68d6602aee5e0ca96be2048c50ef	what-if	\N	\N	\N
default	stream-chat-4	2	\\x50f9f5950f3dbbe8b1ebac8700a073e032f692655be8131e48cdf4fb9b4efa75	\N	\N	\N	\N
default	content-111da89622da68d509b97ab213c5a429c0ecd373a8537708a18cf8633a79c4d8	1	\\x9864c7d3e776bf42d3d099e2acaf9a143c7b725d39a39d46096480d1e6d44da0	\N	\N	\N	\N
default	conversation-interrupted	10	\\x36e4dfd8b7aac465615ef01150dc4a758d19fb455a059a2f21f1a5cb79a65daa	interrupted	\N	\N	\N
default	access-2026-11-24	1	\\x58af55561629a196e935486967c17145543effe166570e7070fd7dc55c6af85d	\N	\N	\N	\N
default	chat-3	3	\\xad32894a29461f2231f85fe7e678d1833627a13ce227988b72b2f96afceededb	\N	chat-2	3	\N
default	chat-4	2	\\xa7c4b376aa5db745d2ce8ef1680e8182f0f2a9f7d0938fac2ce16b620e1c28f1	\N	chat-1	1	1795543043576673
default	conversation-closed	16	\\x2a54434a799ad8afe08acc93336c3e7323159a2da02e75cb7960c7a157ce9ae9	closed	\N	\N	\N
acme & söhne	content-c02a55775598b48fd9e2cf0984416e3c2dace6237fdd6706d2891cb54bcdadf0	1	\\xe4f2e6fe79123773f6c0c35e93e8bc2426f1312223114bbeb78a409f130777a6	\N	\N	\N	\N
acme & söhne	order-1	8	\\xd5c8d7810697363998f31f27274407f6b7d23ec43b1548d9668d36e75e50114c	\N	\N	\N	\N
acme & söhne	content-35240bef03b61103af9e221db2a5ebaf616fa136c32f1e74806fa4377700be56	1	\\xba482d79a9e8dbaf45b1b229a734d1e7b9b14d2a4352380b759eda7a24203879	\N	\N	\N	\N
acme & söhne	content-e1e55bc28e9e3c471aa478032e643e3b06c58969a9450969a168e9ecdd34f82b	1	\\x76b4b7969297cd22bcdf7ada155bd96ec9a5f2ed4ed684390be51c650bc5616c	\N	\N	\N	\N
acme & söhne	content-92bd588d2254d0f95ad1112989f346a314f1bb9d364ddeeea975efbff2e9f8dc	1	\\x63d21b7e0eb57855e255a56eb22d91e6634a37db54a9a3c7fc15c181f33e2d99	\N	\N	\N	\N
acme & söhne	conversation-closed	15	\\x99359a6de86a99d988282338cc1f1a50bb1b5b6e424612c27ae9a94d7ea100db	closed	\N	\N	\N
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


