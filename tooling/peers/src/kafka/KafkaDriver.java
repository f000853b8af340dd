import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Apache Kafka's own Java client, for tests: one JSON command a line on standard input, {"id", "command", ...}; each runs in a
 * thread of its own. Answers are lines on standard output: {"id", "event"} while it runs, then {"id", "result"} or {"id", "error"}.
 * {"id", "command": "stop"} ends the one with that id early.
 */
public final class KafkaDriver {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private static final Map<Integer, AtomicBoolean> STOPS = new ConcurrentHashMap<>();

    private final int id;
    private final JsonNode command;
    private final AtomicBoolean stopped;

    private KafkaDriver(JsonNode command) {
        this.id = command.get("id").asInt();
        this.command = command;
        this.stopped = STOPS.computeIfAbsent(id, key -> new AtomicBoolean());
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode command = JSON.readTree(line);
            if (command.get("command").asText().equals("stop")) {
                AtomicBoolean stop = STOPS.get(command.get("id").asInt());
                if (stop != null) stop.set(true);
                continue;
            }
            KafkaDriver driver = new KafkaDriver(command);
            Thread thread = new Thread(driver::answer);
            thread.setDaemon(true);
            thread.start();
        }
        // Whoever started this is gone.
        Runtime.getRuntime().halt(0);
    }

    private void answer() {
        try {
            say("result", run());
        } catch (Throwable error) {
            say("error", JSON.getNodeFactory().textNode(error.toString()));
        }
        STOPS.remove(id);
    }

    private JsonNode run() throws Exception {
        String name = command.get("command").asText();
        switch (name) {
            case "produce": return produce();
            case "consume": return consume();
            case "join": return join();
            case "count-up": return countUp();
            case "check": return check();
            case "ends": return ends();
            default: throw new IllegalArgumentException("no command " + name);
        }
    }

    /** Sends records, in one transaction after the other when there are some. */
    private JsonNode produce() throws Exception {
        ArrayNode acknowledged = JSON.createArrayNode();
        boolean transactional = command.get("config").has("transactional.id");
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config())) {
            if (transactional) producer.initTransactions();
            for (JsonNode batch : command.get("batches")) {
                if (transactional) producer.beginTransaction();
                List<Future<RecordMetadata>> sent = new ArrayList<>();
                for (JsonNode record : batch.get("records")) sent.add(producer.send(recordOf(record)));
                producer.flush();
                for (Future<RecordMetadata> one : sent) acknowledged.add(outcomeOf(one));
                if (!transactional) continue;
                if (batch.get("end").asText().equals("abort")) producer.abortTransaction();
                else producer.commitTransaction();
            }
        }
        return acknowledged;
    }

    /** Reads all partitions, or those that it is told, from the start until there are so many records, or to where they end now. */
    private JsonNode consume() throws Exception {
        ArrayNode records = JSON.createArrayNode();
        long count = command.has("count") ? command.get("count").asLong() : Long.MAX_VALUE;
        long deadline = System.nanoTime() + command.get("timeout").asLong() * 1_000_000;
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config())) {
            List<TopicPartition> partitions = partitions(consumer);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = command.has("count") ? Map.of() : consumer.endOffsets(partitions);
            while (records.size() < count && (ends.isEmpty() || !hasReached(consumer, ends))) {
                if (System.nanoTime() > deadline) throw new IllegalStateException("only " + records.size() + " records in time");
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) records.add(read(record));
            }
        }
        return records;
    }

    private static boolean hasReached(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    /** A member of a group: tells which partitions it has, and each record; commits what it has told. */
    private JsonNode join() throws Exception {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config())) {
            consumer.subscribe(List.of(command.get("topic").asText()), new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                    tell("revoked", partitions);
                }

                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    tell("assigned", partitions);
                }
            });
            while (!stopped.get()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
                    say("event", JSON.createObjectNode().set("record", read(record)));
                }
                consumer.commitSync();
            }
        }
        return JSON.createObjectNode();
    }

    /**
     * Produces the numbers 0, 1, ... of each partition in turn, with pauses until it is stopped and without them then. The answer has
     * how many were acknowledged, and what the first that was given up failed with.
     */
    private JsonNode countUp() throws Exception {
        int partitions = command.get("partitions").asInt();
        long count = command.get("count").asLong();
        int length = command.get("length").asInt();
        long pause = command.get("pause").asLong();
        long[] next = new long[partitions];
        AtomicLong acknowledged = new AtomicLong();
        AtomicReference<String> failure = new AtomicReference<>();
        Semaphore outstanding = new Semaphore(command.get("outstanding").asInt());
        long told = 0;
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config())) {
            for (long sent = 0; sent < count && failure.get() == null; sent++) {
                int partition = (int) (sent % partitions);
                byte[] value = new byte[length];
                Arrays.fill(value, (byte) 'x');
                ByteBuffer.wrap(value).putLong(next[partition]++);
                outstanding.acquire();
                producer.send(new ProducerRecord<>(topic(), partition, null, value), (metadata, error) -> {
                    if (error == null) acknowledged.incrementAndGet();
                    else failure.compareAndSet(null, error.toString());
                    outstanding.release();
                });
                if (sent % 100 == 99 && !stopped.get()) Thread.sleep(pause);
                if (acknowledged.get() - told >= 100) {
                    told = acknowledged.get();
                    say("event", JSON.createObjectNode().put("acknowledged", told));
                }
            }
            producer.flush();
        }
        return JSON.createObjectNode().put("acknowledged", acknowledged.get()).put("failure", failure.get());
    }

    /** Reads what countUp has produced until all is there, and stops at the first number that does not follow the one before it. */
    private JsonNode check() throws Exception {
        long[] next = new long[command.get("partitions").asInt()];
        long received = 0;
        long told = 0;
        long count = command.get("count").asLong();
        String fault = null;
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (int i = 0; i < next.length; i++) partitions.add(new TopicPartition(topic(), i));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (received < count && fault == null && !stopped.get()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    long number = record.value().length < 8 ? -1 : ByteBuffer.wrap(record.value()).getLong();
                    received++;
                    if (number == next[record.partition()]++) continue;
                    fault = "partition " + record.partition() + ", offset " + record.offset() + ": " + number
                        + " instead of " + (next[record.partition()] - 1);
                    break;
                }
                if (received - told >= 100) {
                    told = received;
                    say("event", JSON.createObjectNode().put("received", received));
                }
            }
        }
        return JSON.createObjectNode().put("received", received).put("fault", fault);
    }

    /** Where each partition ends. */
    private JsonNode ends() {
        ArrayNode ends = JSON.createArrayNode();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config())) {
            List<TopicPartition> partitions = partitions(consumer);
            Map<TopicPartition, Long> found = consumer.endOffsets(partitions);
            for (TopicPartition partition : partitions) ends.add(found.get(partition));
        }
        return ends;
    }

    private Properties config() {
        Properties properties = new Properties();
        properties.put("key.serializer", ByteArraySerializer.class.getName());
        properties.put("value.serializer", ByteArraySerializer.class.getName());
        properties.put("key.deserializer", ByteArrayDeserializer.class.getName());
        properties.put("value.deserializer", ByteArrayDeserializer.class.getName());
        command.get("config").properties().forEach(entry -> properties.put(entry.getKey(), entry.getValue().asText()));
        return properties;
    }

    private String topic() {
        return command.get("topic").asText();
    }

    private List<TopicPartition> partitions(KafkaConsumer<byte[], byte[]> consumer) {
        List<TopicPartition> partitions = new ArrayList<>();
        if (command.has("only")) {
            for (JsonNode index : command.get("only")) partitions.add(new TopicPartition(topic(), index.asInt()));
        } else {
            consumer.partitionsFor(topic()).forEach(info -> partitions.add(new TopicPartition(topic(), info.partition())));
        }
        return partitions;
    }

    private ProducerRecord<byte[], byte[]> recordOf(JsonNode node) {
        Integer partition = node.has("partition") ? node.get("partition").asInt() : null;
        Long timestamp = node.has("timestamp") ? node.get("timestamp").asLong() : null;
        ProducerRecord<byte[], byte[]> record =
            new ProducerRecord<>(topic(), partition, timestamp, bytes(node.get("key")), bytes(node.get("value")));
        for (JsonNode header : node.get("headers")) record.headers().add(header.get(0).asText(), bytes(header.get(1)));
        return record;
    }

    private static JsonNode outcomeOf(Future<RecordMetadata> sent) throws InterruptedException {
        try {
            RecordMetadata at = sent.get();
            return JSON.createObjectNode().put("partition", at.partition()).put("offset", at.offset());
        } catch (ExecutionException error) {
            return JSON.createObjectNode().put("error", error.getCause().getClass().getSimpleName());
        }
    }

    private static ObjectNode read(ConsumerRecord<byte[], byte[]> record) {
        ObjectNode node = JSON.createObjectNode()
            .put("partition", record.partition())
            .put("offset", record.offset())
            .put("timestamp", record.timestamp())
            .put("timestampType", record.timestampType().name())
            .put("key", text(record.key()))
            .put("value", text(record.value()));
        ArrayNode headers = node.putArray("headers");
        for (Header header : record.headers()) headers.addArray().add(header.key()).add(text(header.value()));
        return node;
    }

    private static byte[] bytes(JsonNode node) {
        return node == null || node.isNull() ? null : Base64.getDecoder().decode(node.asText());
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
    }

    private void tell(String what, Collection<TopicPartition> partitions) {
        ArrayNode indices = JSON.createArrayNode();
        partitions.forEach(partition -> indices.add(partition.partition()));
        say("event", JSON.createObjectNode().set(what, indices));
    }

    private void say(String what, JsonNode content) {
        ObjectNode line = JSON.createObjectNode().put("id", id);
        line.set(what, content);
        OUT.println(line);
    }
}
