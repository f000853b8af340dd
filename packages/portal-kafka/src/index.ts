export { createKafkaInlet, BROKER_PORTS } from "./kafka-inlet.ts";
export type { KafkaInlet, KafkaInletOptions, Undelivered } from "./kafka-inlet.ts";
export {
  createKafkaOutlet,
  KAFKA_BOOTSTRAP,
  KAFKA_BROKER_PREFIX,
  KAFKA_INTERCEPTOR,
} from "./kafka-outlet.ts";
export type { KafkaOutlet, KafkaOutletOptions } from "./kafka-outlet.ts";
export type { ContentEncryption } from "./inlet-conversation.ts";
export type { RecordCipher, RecordPlace, RecordSealer } from "./record-cipher.ts";
export type { Partition } from "./partition.ts";
export type { RecordFate } from "./open-records.ts";
export { fieldProtection, WHOLE_VALUE } from "./value-protection.ts";
export type { ValueProtection } from "./value-protection.ts";
export { MAX_ENCRYPTION_KEYS, RustCipher } from "./rust-cipher.ts";
export type { DecryptionKey, EncryptionKey, RustCipherOptions } from "./rust-cipher.ts";
export { agreeOnKey, KEY_AGREEMENT_TIMEOUT } from "./key-agreement.ts";
export type { KeyAgreementOptions } from "./key-agreement.ts";
export { createKeyExchanger, KEY_EXCHANGER } from "./key-exchanger.ts";
export { KEY_WINDOW, MAX_NEW_KEYS } from "./key-quota.ts";
export type { KeyExchanger, KeyExchangerOptions } from "./key-exchanger.ts";
export { memoryDecryptionKeyStorage } from "./decryption-key-storage.ts";
export type { DecryptionKeyEntry, DecryptionKeyStorage } from "./decryption-key-storage.ts";
export {
  createKeyHolder,
  KAFKA_KEY_HOLDER,
  KAFKA_KEYS,
  KEY_SWEEP_INTERVAL,
  keyRelayName,
  MAX_KEYS_OF_PRODUCER,
  MAX_PENDING_KEY_REQUESTS,
  MAX_SEALING_TIME,
} from "./key-holder.ts";
export type { KeyHolder, KeyHolderOptions } from "./key-holder.ts";
export { TopicKeyCipher } from "./topic-key-cipher.ts";
export type { KeyHolderWay, TopicKeyCipherOptions } from "./topic-key-cipher.ts";
export {
  HOLDER_CHECK_INTERVAL,
  KEY_ROTATION,
  MAX_BYTES_PER_KEY,
  MAX_RECORDS_PER_KEY,
  MAX_ROTATION,
  MAX_SEALING_KEYS,
} from "./sealing-keys.ts";
export type { SealingLimits } from "./sealing-keys.ts";
export { MAX_HOLDER_CHANNELS, MAX_KEY_FETCHES, MAX_REMEMBERED_FETCHES } from "./key-fetcher.ts";
export { HOLDER_CHANNEL_LIFETIME, HOLDER_TIMEOUT } from "./holder-client.ts";
export { MAX_KEY_MESSAGE_LENGTH } from "./key-holder-message.ts";
export { isTopicKeyRecord, MAX_INFLATION } from "./topic-key-record.ts";
export { MAX_TOPIC_LENGTH } from "./topic-key.ts";
export { MAX_NEGOTIATIONS, NEGOTIATION_LIFETIME, NegotiatingCipher } from "./negotiating-cipher.ts";
export type { NegotiatingCipherOptions } from "./negotiating-cipher.ts";
export { NEGOTIATION_HEAD_START, NEGOTIATION_TIMEOUT, negotiateKeyAgreement } from "./key-negotiation.ts";
export type { KeyAgreement, KeyNegotiationOptions } from "./key-negotiation.ts";
export { memoryTopicKeyStorage, SALT_LENGTH } from "./topic-key-storage.ts";
export type { TopicKeyEntry, TopicKeyStorage } from "./topic-key-storage.ts";
export {
  decodeRustEnvelope,
  encodeRustEnvelope,
  isRustEnvelope,
  MAX_DECRYPTOR_NAME_LENGTH,
} from "./rust-envelope.ts";
export type { RustEnvelope } from "./rust-envelope.ts";
export {
  MAX_MISSING_KEYS,
  MAX_WAITING_PARTITIONS,
  MIN_READING_PATIENCE,
  READING_PATIENCE,
  READING_PATIENCE_REFILL,
  ReadingPatience,
  UNREACHABLE_PATIENCE,
  UNSEEN_PATIENCE,
} from "./reading-patience.ts";
export { MAX_OPENED_LENGTH, UNREADABLE_DELAY } from "./fetch-opening.ts";
export { KEY_PATIENCE } from "./key-waits.ts";
export { MAX_IDEMPOTENT_PARTS, MAX_SEALED_BATCH_LENGTH } from "./produce-splitting.ts";
export { MAX_REFUSED_SEQUENCES } from "./refused-sequences.ts";
export { MAX_FETCH_POSITIONS } from "./fetch-positions.ts";
export { KEY_RETRY_DELAY, MAX_BROKERS, MAX_OPEN_KEYS } from "./limits.ts";
export { MAX_JSON_PATH_STEPS } from "./json-path.ts";
export { MAX_JSON_DEPTH } from "./json-text.ts";
export { MAX_PENDING_REQUESTS } from "./pending-requests.ts";
export { MAX_TOPIC_IDS } from "./topic-names.ts";
export { MAX_WAITING_LENGTH } from "./conversation-end.ts";
export type { KafkaPortalErrorCode } from "./kafka-portal-error.ts";
