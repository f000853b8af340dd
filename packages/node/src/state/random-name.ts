const ADJECTIVES =
  "agile amber ample azure bold brave brisk bright calm candid clear clever cosy crisp daring deft dusky eager early fair fleet fond fresh gentle glad golden grand hardy hazel humble ivory jolly keen kind lively loyal lucid lunar mellow merry misty mossy neat nimble noble olive placid plucky polar proud quick quiet ready rosy ruby rustic sandy serene silver sleek snowy solid spry steady sunny swift tidy tranquil vivid warm wise witty".split(
    " ",
  );

const NOUNS =
  "acorn alder anchor aspen badger bay beacon birch bison brook canyon cedar cliff clover comet coral cove crane creek delta dune eagle elm ember falcon fern finch fjord forest fox garnet glade grove harbor hawk heron hill holly isle ivy juniper kestrel lagoon lake lark laurel linden lynx maple marsh meadow moss oak oasis orchid osprey otter owl pebble pine plover poplar prairie quartz raven reef ridge river robin sparrow spruce stone summit thistle tide valley willow wren".split(
    " ",
  );

/** How many random names are tried before digits are added. */
const TRIES = 20;

/** A name such as `swift-otter` that `isTaken` has not seen. */
export function randomName(isTaken: (name: string) => boolean): string {
  for (let tries = 0; ; tries++) {
    const words = `${pick(ADJECTIVES)}-${pick(NOUNS)}`;
    const name = tries < TRIES ? words : `${words}-${Math.floor(Math.random() * 1e6)}`;
    if (!isTaken(name)) return name;
  }
}

function pick(words: readonly string[]): string {
  return words[Math.floor(Math.random() * words.length)] ?? "ockam";
}
