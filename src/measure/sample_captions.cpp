#include "measure/sample_captions.h"

namespace sightline {

const std::vector<std::string>& sample_captions() {
  static const std::vector<std::string> captions = {
      "A dog running along the beach at low tide.",
      "Two children are building a tower out of wooden blocks on the carpet.",
      "A red bicycle leans against a brick wall.",
      "An old man in a straw hat is feeding pigeons in the square.",
      "Bowl of tomato soup with basil and a slice of bread beside it",
      "a train crossing a stone bridge over a river in autumn",
      "A cat asleep on a windowsill with a plant pot.",
      "Several people wait for the bus in the rain under colourful umbrellas.",
      "A woman plays the cello on a small stage.",
      "Snow-covered mountains behind a wooden hut with smoke rising from its chimney.",
      "A white plate with three pancakes and blueberries.",
      "a football player in a yellow shirt kicks the ball",
      "An empty street at night, lit by a single lamp.",
      "Three sheep stand on a green hill and look into the camera.",
      "A laptop, a cup of coffee and a notebook on a wooden table.",
      "The kitchen has white cupboards, a large window and a round table with four chairs.",
      "A sailing boat on a calm sea at sunset.",
      "Young man on a skateboard jumping down a flight of stairs while his friends film him",
      "A stack of books next to a lamp.",
      "Elephants drinking at a water hole, with birds on their backs.",
      "A girl in a blue coat is looking for shells.",
      "Market stall with oranges, lemons and peppers in wooden boxes, and a hand-written price "
      "tag.",
      "A motorbike parked in front of a cafe.",
      "Two giraffes behind a fence eat leaves from a tall tree.",
      "A clock tower against a cloudy sky.",
      "a person skiing down a steep slope between pine trees",
      "The airplane is being loaded on a wet runway early in the morning.",
      "A vase with yellow tulips.",
      "A group of tourists takes images of a fountain.",
      "Black and white photograph of a crowded railway station from the nineteen-thirties.",
      "A chef cuts vegetables.",
      "A bear stands in a river and catches a fish.",
  };
  return captions;
}

}  // namespace sightline
