#include <zlib.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "graph/run/data/npy.hpp"
#include "tests/support/source.hpp"

using namespace ebb::test;

namespace {

namespace fs = std::filesystem;

struct Images : SourceTrial {
  Images() : SourceTrial("image_folder") {}

  // The largest difference from what Pillow read.
  double difference(const Given& given, const std::string& expected) const {
    const ebb::Array array = ebb::read_npy(source_data / expected);
    const Numbers read = open(source_data / "images", given).all(0);
    BOOST_REQUIRE(static_cast<std::int64_t>(read.size()) == array.elements());
    double worst = 0;
    for (std::size_t i = 0; i < read.size(); ++i)
      worst = std::max(worst, std::abs(read[i] - array.at(static_cast<std::int64_t>(i))));
    return worst;
  }
  // A folder with one class of one file.
  fs::path folder_of(const std::string& name, const std::string& bytes) const {
    fs::create_directories(path("f/k"));
    fresh("f/k/" + name, bytes);
    return path("f");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(image_folder, Images)

BOOST_AUTO_TEST_CASE(images_are_those_that_pillow_reads) {
  OpenedSource source = open(source_data / "images");
  BOOST_TEST(source.columns() == (Texts{"image u8 [12, 16, 3]", "label i64 []"}), each);
  BOOST_TEST(source.all(1) == (Numbers{0, 0, 0, 1, 1, 1, 1}), each);
  BOOST_TEST(difference({}, "images_rgb.npy") == 0);
  const Numbers all = source.all(0), two = source.read(0, {3, 0});
  const std::size_t size = 12 * 16 * 3;
  for (std::size_t i = 0; i < size; ++i)
    BOOST_TEST((two[i] == all[3 * size + i] && two[size + i] == all[i]));
}

BOOST_AUTO_TEST_CASE(one_channel_is_grey) {
  BOOST_TEST(open(source_data / "images", {{"channels", 1}}).columns()[0] ==
             "image u8 [12, 16, 1]");
  // Of a JPEG file its own brightness, before it was turned to colours and rounded.
  BOOST_TEST(difference({{"channels", 1}}, "images_grey.npy") <= 1);
}

// Pillow rounds between the two directions, in fixed point.
BOOST_AUTO_TEST_CASE(images_shrink_and_grow_as_in_pillow) {
  BOOST_TEST(difference({{"width", 7}, {"height", 5}}, "images_7x5.npy") <= 1);
  BOOST_TEST(difference({{"width", 20}, {"height", 30}}, "images_20x30.npy") <= 1);
}

BOOST_AUTO_TEST_CASE(sizes_must_agree_unless_one_is_given) {
  fs::copy(source_data / "images", path("f"), fs::copy_options::recursive);
  fs::create_directories(path("f/elk"));
  fs::copy(source_data / "images/dog/grey.png", path("f/elk/a.png"));
  BOOST_TEST(open(path("f")).samples() == 8);
  write("f/cat/.hidden", "");
  BOOST_TEST(open(path("f")).samples() == 8);
  OpenedSource resized = open(path("f"), {{"width", 2}, {"height", 1}});
  BOOST_TEST(resized.columns()[0] == "image u8 [1, 2, 3]");
  OpenedSource source = open(path("f"));
  fs::copy(source_data / "small.png", path("f/elk/a.png"), fs::copy_options::overwrite_existing);
  const std::string sizes =
      "f/elk/a.png: is 3 x 2 pixels, but f/cat/a.png is 16 x 12\n"
      "  hint: `height` and `width` resize all";
  BOOST_TEST(error(path("f")) == sizes);
  BOOST_CHECK_THROW(source.read(0, {7}), SourceError);
}

BOOST_AUTO_TEST_CASE(folders_without_images_are_refused) {
  BOOST_TEST(error(path("no")) == "no: cannot open: No such file or directory");
  fs::create_directories(path("f/k"));
  BOOST_TEST(error(path("f")) ==
             "f: there are no images\n"
             "  hint: it needs a folder for each class, with PNG or JPEG files");
  write("f/k/a.gif", "");
  BOOST_TEST(error(path("f")) ==
             "f/k/a.gif: is neither PNG nor JPEG by its name\n"
             "  hint: move it elsewhere; what begins with a dot is passed over");
  write("f/a.png", "");
  BOOST_TEST(error(path("f")) ==
             "f/a.png: is no folder of a class\n"
             "  hint: images lie in folders, one for each class");
}

BOOST_AUTO_TEST_CASE(settings_that_make_no_sense_are_refused) {
  BOOST_TEST(error(source_data / "images", {{"channels", 2}}) ==
             "image_folder: channels is 2\n  hint: it is 1, for grey, or 3, for colours");
  BOOST_TEST(error(source_data / "images", {{"height", 2}}) ==
             "image_folder: height and width belong together\n"
             "  hint: say both, and images are resized; or none");
}

BOOST_AUTO_TEST_CASE(files_that_are_no_images_are_refused) {
  BOOST_TEST(error(folder_of("a.png", "")) == "f/k/a.png: the file is empty" + with_advice);
  BOOST_TEST(error(folder_of("a.png", "GIF89a...")) ==
             "f/k/a.png: is neither a PNG nor a JPEG file" + with_advice);
}

BOOST_AUTO_TEST_CASE(images_cut_anywhere_are_refused) {
  for (const std::string name : {"cat/a.png", "cat/b.jpg", "dog/palette.png"}) {
    const std::string bytes = read_file(source_data / "images" / name);
    // What is last in either format holds no pixels, so it may lack.
    const std::size_t end = bytes.size() - (name.ends_with("jpg") ? 2 : 16);
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      const std::string said = error(folder_of("a.png", bytes.substr(0, n)));
      if (n < end) BOOST_TEST(said.starts_with("f/k/a.png: "), name << " " << n << ": " << said);
    }
  }
}

BOOST_AUTO_TEST_CASE(no_altered_byte_makes_the_decoders_crash) {
  for (const std::string name : {"cat/a.png", "cat/b.jpg", "dog/palette.png", "dog/sixteen.png"}) {
    const std::string bytes = read_file(source_data / "images" / name);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      std::string altered = bytes;
      altered[i] = static_cast<char>(altered[i] ^ 0x15);
      error(folder_of("a.png", altered), {{"height", 4}, {"width", 4}});
    }
  }
}

// Of 31 kB, which decoded would take a gigabyte.
BOOST_AUTO_TEST_CASE(an_image_that_claims_to_be_huge_is_refused_before_it_is_decoded) {
  std::string png = read_file(source_data / "small.png");
  // The size in its header, and the checksum of that.
  const std::string header("IHDR\0\0\x3e\x80\0\0\x3e\x80", 12);
  png.replace(12, header.size(), header);
  const auto crc = crc32(0, reinterpret_cast<const unsigned char*>(png.data()) + 12, 17);
  for (std::size_t i = 0; i < 4; ++i) png[29 + i] = static_cast<char>(crc >> (24 - 8 * i));
  BOOST_TEST(error(folder_of("a.png", png)) ==
             "f/k/a.png: is 16000 x 16000 pixels; at most 2^26 in all can be read");
}

BOOST_AUTO_TEST_SUITE_END()
