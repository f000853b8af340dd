// The Kafka clients of the comparison: Apache Kafka's own, in one process for all systems, so that its compiled code is as
// warm for one as for the next. Takes a command per line, answers `ok NUMBERS` or `error CAUSE`. SERVER is host:port.
//
//   fill SERVER TOPIC PARTITIONS SIZE BYTES           in large batches
//   produce SERVER TOPIC CLIENTS SIZE WARM_MS MS      -> acknowledged bytes per second; bytes in all
//   consume SERVER TOPIC CLIENTS PARTITIONS SIZE MS   -> bytes per second, all there is again and again; bytes in all
//   acknowledge SERVER TOPIC CLIENTS SIZE WARM_MS MS  -> p50 and p99 in microseconds, each client one record at a time

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public final class KafkaLoad {
  // A fetch, of 1 MiB by default, is then one batch: what Rust's inlet can read of more than that.
  private static final int FILL_BATCH = 1_000_000;
  private static final int MAX_SECONDS = 60;
  private static final int VALUES = 64;

  public static void main(String[] arguments) throws Exception {
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.trim().split(" +");
      int[] numbers = Arrays.stream(words).skip(3).mapToInt(Integer::parseInt).toArray();
      try {
        System.out.println("ok " + run(words[0], words[1], words[2], numbers));
      } catch (Exception error) {
        System.out.println("error " + String.valueOf(error).replace('\n', ' '));
      }
    }
    System.exit(0);
  }

  private static String run(String command, String server, String topic, int[] numbers) throws Exception {
    switch (command) {
      case "fill":
        return fill(server, topic, numbers[0], numbers[1], numbers[2]);
      case "produce":
        return produce(server, topic, numbers[0], numbers[1], numbers[2], numbers[3]);
      case "consume":
        return consume(server, topic, numbers[0], numbers[1], numbers[2], numbers[3]);
      case "acknowledge":
        return acknowledge(server, topic, numbers[0], numbers[1], numbers[2], numbers[3]);
      default:
        throw new IllegalArgumentException("unknown command " + command);
    }
  }

  private static String fill(String server, String topic, int partitions, int size, int bytes) throws Exception {
    byte[][] values = values(size);
    Failure failure = new Failure();
    Map<String, String> settings = Map.of("batch.size", String.valueOf(FILL_BATCH), "linger.ms", "500");
    try (KafkaProducer<byte[], byte[]> producer = producer(server, settings)) {
      for (int sent = 0; sent < bytes; sent += size) {
        int partition = sent / FILL_BATCH % partitions;
        producer.send(
            record(topic, partition, values[sent / size % VALUES]), (done, error) -> failure.note(error));
      }
    }
    failure.rethrow();
    return "";
  }

  private static String produce(String server, String topic, int clients, int size, int warm, int time)
      throws Exception {
    byte[][] values = values(size);
    LongAdder acknowledged = new LongAdder();
    AtomicBoolean isOver = new AtomicBoolean();
    Failure failure = new Failure();
    CountDownLatch ready = new CountDownLatch(clients);
    try (Clients running = new Clients()) {
      for (int client = 0; client < clients; client++) {
        int partition = client;
        running.start(() -> {
          // What waits here at the end has to be sent, too.
          try (KafkaProducer<byte[], byte[]> producer = producer(server, Map.of("buffer.memory", "4194304"))) {
            producer.send(record(topic, partition, values[0])).get();
            ready.countDown();
            for (int sent = 0; !isOver.get(); sent++) {
              producer.send(record(topic, partition, values[sent % VALUES]), (done, error) -> {
                failure.note(error);
                acknowledged.increment();
              });
            }
          }
          return null;
        });
      }
      await(ready, running);
      Thread.sleep(warm);
      long before = acknowledged.sum();
      long start = System.nanoTime();
      Thread.sleep(time);
      long count = acknowledged.sum() - before;
      long elapsed = System.nanoTime() - start;
      isOver.set(true);
      running.join();
      failure.rethrow();
      return count * size * 1e9 / elapsed + " " + acknowledged.sum() * size;
    }
  }

  private static String consume(
      String server, String topic, int clients, int partitions, int size, int time) throws Exception {
    double bytes = 0;
    double elapsed = 0;
    while (elapsed < time * 1e6) {
      CountDownLatch ready = new CountDownLatch(clients);
      CountDownLatch go = new CountDownLatch(1);
      LongAdder read = new LongAdder();
      try (Clients running = new Clients()) {
        for (int client = 0; client < clients; client++) {
          int first = client;
          running.start(() -> {
            try (KafkaConsumer<byte[], byte[]> consumer = consumer(server)) {
              List<TopicPartition> mine = IntStream.range(0, partitions)
                  .filter(partition -> partition % clients == first)
                  .mapToObj(partition -> new TopicPartition(topic, partition))
                  .toList();
              consumer.assign(mine);
              // This connects to the broker that has the records.
              long left = consumer.endOffsets(mine).values().stream().mapToLong(Long::longValue).sum();
              for (TopicPartition partition : mine) consumer.seek(partition, 0);
              ready.countDown();
              go.await();
              while (left > 0) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                  if (record.value().length != size) throw new IllegalStateException("a record was not opened");
                  read.add(size);
                  left--;
                }
                if (Thread.interrupted()) throw new InterruptedException();
              }
            }
            return null;
          });
        }
        await(ready, running);
        long start = System.nanoTime();
        go.countDown();
        running.join();
        elapsed += System.nanoTime() - start;
        bytes += read.sum();
      }
    }
    return bytes * 1e9 / elapsed + " " + bytes;
  }

  private static String acknowledge(String server, String topic, int clients, int size, int warm, int time)
      throws Exception {
    byte[][] values = values(size);
    List<Long> all = new ArrayList<>();
    try (Clients running = new Clients()) {
      for (int client = 0; client < clients; client++) {
        int partition = client;
        running.start(() -> {
          List<Long> times = new ArrayList<>();
          try (KafkaProducer<byte[], byte[]> producer = producer(server, Map.of())) {
            producer.send(record(topic, partition, values[0])).get();
            long begin = System.nanoTime();
            for (int sent = 0; System.nanoTime() - begin < (warm + time) * 1_000_000L; sent++) {
              long start = System.nanoTime();
              producer.send(record(topic, partition, values[sent % VALUES])).get();
              if (start - begin >= warm * 1_000_000L) times.add(System.nanoTime() - start);
            }
          }
          synchronized (all) {
            all.addAll(times);
          }
          return null;
        });
      }
      running.join();
    }
    long[] sorted = all.stream().mapToLong(Long::longValue).sorted().toArray();
    return percentile(sorted, 50) / 1000.0 + " " + percentile(sorted, 99) / 1000.0;
  }

  private static long percentile(long[] sorted, int percent) {
    return sorted[(int) ((sorted.length - 1L) * percent / 100)];
  }

  private static KafkaProducer<byte[], byte[]> producer(String server, Map<String, String> settings) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", server);
    properties.put("delivery.timeout.ms", "30000");
    properties.put("request.timeout.ms", "20000");
    properties.putAll(settings);
    return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static KafkaConsumer<byte[], byte[]> consumer(String server) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", server);
    properties.put("enable.auto.commit", "false");
    return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, int partition, byte[] value) {
    return new ProducerRecord<>(topic, partition, null, value);
  }

  private static byte[][] values(int size) {
    Random random = new Random(0);
    byte[][] values = new byte[VALUES][size];
    for (byte[] value : values) for (int i = 0; i < size; i++) value[i] = (byte) ('A' + random.nextInt(26));
    return values;
  }

  private static void await(CountDownLatch ready, Clients running) throws Exception {
    while (!ready.await(10, TimeUnit.MILLISECONDS)) running.check();
  }

  /** Clients on threads of their own; one that fails or takes too long fails all. */
  private static final class Clients implements AutoCloseable {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Future<?>> running = new ArrayList<>();
    private final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MAX_SECONDS);

    void start(Callable<Void> client) {
      running.add(threads.submit(client));
    }

    void check() throws Exception {
      if (System.nanoTime() > deadline) throw new IllegalStateException("nothing for " + MAX_SECONDS + " s");
      for (Future<?> client : running) if (client.isDone()) client.get();
    }

    void join() throws Exception {
      for (Future<?> client : running) client.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
      threads.shutdownNow();
    }
  }

  /** The first error of callbacks. */
  private static final class Failure {
    private final AtomicReference<Exception> first = new AtomicReference<>();

    void note(Exception error) {
      if (error != null) first.compareAndSet(null, error);
    }

    void rethrow() throws Exception {
      if (first.get() != null) throw first.get();
    }
  }
}
