using System.Text;
using MigrationConformance.Core;

namespace MigrationConformance.Scenarios;

/// <summary>Text that is no scenario is refused in one sentence: the place, what stands there, and what should.</summary>
[TestFixture]
public sealed class BadText
{
    private const string Json = "well-formed JSON without comments";
    private const string Number = "a whole number from 0 to 18446744073709551615, or one in hexadecimal such as \"0x10\"";
    private const string Owner = "a whole number from 0 to 999999, or one in hexadecimal such as \"0x10\"";
    private const string Address = "an address in bytes, a multiple of 4096 below 2^47";
    private const string Moment = "a pass from 0 to 10, \"waited\" or \"never\"";

    [TestCase("", "$ (line 1): found the end of the text, expected " + Json + ".")]
    [TestCase(" \n\n ", "$ (line 3): found the end of the text, expected " + Json + ".")]
    [TestCase("{", "$ (line 1): found the end of the text, expected " + Json + ".")]
    [TestCase("{\"pages\"", "$ (line 1): found the end of the text, expected " + Json + ".")]
    [TestCase("{\"pages\":", "$.pages (line 1): found the end of the text, expected " + Json + ".")]
    [TestCase("{\"pages\":[{}\n,", "$.pages[1] (line 2): found `,`, expected " + Json + ".")]
    [TestCase("{\"title\":\"abc", "$.title (line 1): found the end of the text, expected " + Json + ".")]
    [TestCase("{\"title\":\"a\nbc\"}", "$.title (line 1): found `\\u000a`, expected " + Json + ".")]
    [TestCase("{\"illegal\":tru", "$.illegal (line 1): found the end of the text, expected " + Json + ".")]
    [TestCase("{\"illegal\":trux}", "$.illegal (line 1): found `x}`, expected " + Json + ".")]
    [TestCase("{'pages':[]}", "$ (line 1): found `'pages':[]}`, expected " + Json + ".")]
    [TestCase("{\"pages\":[{},]}", "$.pages[1] (line 1): found `]}`, expected " + Json + ".")]
    [TestCase("{\"pages\":[]\n,}", "$ (line 2): found `}`, expected " + Json + ".")]
    [TestCase("/* all */{}", "$ (line 1): found `/* all */{}`, expected " + Json + ".")]
    [TestCase("{} // all", "$ (line 1): found `// all`, expected the end of the text.")]
    [TestCase("{}\n{}", "$ (line 2): found `{}`, expected the end of the text.")]
    [TestCase("{}]", "$ (line 1): found `]`, expected the end of the text.")]
    [TestCase("{\"zones\":01}", "$.zones (line 1): found `1}`, expected " + Json + ".")]
    [TestCase("{\"zones\":+1}", "$.zones (line 1): found `+1}`, expected " + Json + ".")]
    [TestCase("{\"zones\":NaN}", "$.zones (line 1): found `NaN}`, expected " + Json + ".")]
    [TestCase("[]", "$ (line 1): found an array, expected a scenario, which is an object.")]
    [TestCase("\n null", "$ (line 2): found null, expected a scenario, which is an object.")]
    public void Says_where_the_text_stops_being_JSON(string text, string sentence)
    {
        Assert.That(Sentence.OfReading(text), Is.EqualTo(sentence));
    }

    [TestCase("{\"page\":[]}", "$ (line 1): found the unknown name \"page\", expected \"title\", \"patch\", \"illegal\", \"fanOut\", "
        + "\"zones\", \"cpus\", \"swap\", \"files\", \"processes\", \"vmas\", \"pages\", \"from\", \"to\", \"before\", \"after\", \"locks\" or \"call\".")]
    [TestCase("{\"swap\":{\n\"slot\":3}}", "$.swap (line 2): found the unknown name \"slot\", expected \"slots\", \"writable\", \"write\", "
        + "\"completes\", \"radixPreloadFails\", \"map\" or \"contents\".")]
    [TestCase("{\"pages\":[{},{\"ptes\":[{\"old\":true}]}]}", "$.pages[1].ptes[0] (line 1): found the unknown name \"old\", expected "
        + "\"vma\", \"address\", \"young\", \"dirty\" or \"write\".")]
    [TestCase("{\"pages\":[{\"writeback\":{\"Until\":1}}]}", "$.pages[0].writeback (line 1): found the unknown name \"Until\", expected "
        + "\"until\", \"fails\" or \"contents\".")]
    [TestCase("{\"vmas\":[{\"entries\":[{\"swap\":1}]}]}", "$.vmas[0].entries[0] (line 1): found the unknown name \"swap\", expected "
        + "\"address\", \"slot\" or \"fileOffset\".")]
    [TestCase("{\"files\":[{\"blocks\":[{\"\":1}]}]}", "$.files[0].blocks[0] (line 1): found the unknown name \"\", expected \"index\" or \"contents\".")]
    public void Names_the_place_of_an_unknown_name(string text, string sentence)
    {
        Assert.That(Sentence.OfReading(text), Is.EqualTo(sentence));
    }

    [TestCase("{\"pages\":[],\n\"pages\":[]}", "$.pages (line 2): found this name for the second time, expected it once.")]
    [TestCase("{\"pages\":[{\"file\":0,\"index\":7,\"file\":0}]}", "$.pages[0].file (line 1): found this name for the second time, expected it once.")]
    [TestCase("{\"pages\":[{\"file\":0,\"f\\u0069le\":1}]}", "$.pages[0].file (line 1): found this name for the second time, expected it once.")]
    [TestCase("{\"pages\":[{\"flags\":[\"dirty\",\"error\",\"dirty\"]}]}", "$.pages[0].flags[2] (line 1): found \"dirty\" for the second time, expected each flag once.")]
    public void Names_the_place_of_what_is_said_twice(string text, string sentence)
    {
        Assert.That(Sentence.OfReading(text), Is.EqualTo(sentence));
    }

    [TestCase("-1", Number)]
    [TestCase("1.0", Number)]
    [TestCase("1e3", Number)]
    [TestCase("18446744073709551616", Number)]
    [TestCase("\"7\"", Number)]
    [TestCase("\"0x\"", Number)]
    [TestCase("\"0X7\"", Number)]
    [TestCase("\"0xg\"", Number)]
    [TestCase("\"-0x7\"", Number)]
    [TestCase("\"0x7 \"", Number)]
    [TestCase("\"0x10000000000000000\"", Number)]
    [TestCase("true", Number)]
    [TestCase("null", Number)]
    [TestCase("[7]", Number, "an array")]
    [TestCase("{}", Number, "an object")]
    public void Says_what_a_number_looks_like(string value, string expected, string? found = null)
    {
        string sentence = Sentence.OfReading($$"""{"pages":[{"index":{{value}}}]}""");

        Assert.That(sentence, Is.EqualTo($"$.pages[0].index (line 1): found {found ?? value}, expected {expected}."));
    }

    [TestCase("{\"title\":5}", "$.title (line 1): found 5, expected a string.")]
    [TestCase("{\"illegal\":1}", "$.illegal (line 1): found 1, expected true or false.")]
    [TestCase("{\"patch\":\"V9\"}", "$.patch (line 1): found \"V9\", expected \"before\", \"swapCacheCheck\", \"v9\", \"removeFromSwap\", \"policyLayer\", "
        + "\"migratepageMethod\", \"newPageOrder\", \"chunkedAllocation\", \"mlockedFails\", \"entriesRestored\", \"swapPageIgnoresReferences\", \"swapRequired\", "
        + "\"faultStartsAgain\" or \"unmappedBeforeWritten\".")]
    [TestCase("{\"fanOut\":32}", "$.fanOut (line 1): found 32, expected 8, 16 or 64.")]
    [TestCase("{\"zones\":0}", "$.zones (line 1): found 0, expected a whole number from 1 to 256, or one in hexadecimal such as \"0x10\".")]
    [TestCase("{\"cpus\":257}", "$.cpus (line 1): found 257, expected a whole number from 1 to 256, or one in hexadecimal such as \"0x10\".")]
    [TestCase("{\"swap\":null}", "$.swap (line 1): found null, expected an object.")]
    [TestCase("{\"swap\":{\"write\":\"sync\"}}", "$.swap.write (line 1): found \"sync\", expected \"asynchronous\", \"asynchronousFailing\" or \"noMemory\".")]
    [TestCase("{\"swap\":{\"map\":[{\"slot\":3}]}}", "$.swap.map[0] (line 1): found 0 of \"users\", \"bad\" and \"count\", expected one of them.")]
    [TestCase("{\"swap\":{\"map\":[{\"slot\":3,\"users\":1,\"bad\":true}]}}", "$.swap.map[0] (line 1): found 2 of \"users\", \"bad\" and \"count\", expected one of them.")]
    [TestCase("{\"swap\":{\"contents\":[{\"slot\":3}]}}", "$.swap.contents[0] (line 1): found no \"contents\", expected it.")]
    [TestCase("{\"files\":{}}", "$.files (line 1): found an object, expected an array.")]
    [TestCase("{\"files\":[7]}", "$.files[0] (line 1): found 7, expected an object.")]
    [TestCase("{\"files\":[{\"kind\":\"ext3\"}]}", "$.files[0].kind (line 1): found \"ext3\", expected \"regular\" or \"tmpfs\".")]
    [TestCase("{\"files\":[{\"flags\":[\"eio\",\"EIO\"]}]}", "$.files[0].flags[1] (line 1): found \"EIO\", expected \"eio\", \"enospc\" or \"inodeDirty\".")]
    [TestCase("{\"vmas\":[{\"start\":4096,\"pages\":1}]}", "$.vmas[0] (line 1): found no \"process\", expected it.")]
    [TestCase("{\"vmas\":[{\"process\":0,\"start\":4097,\"pages\":1}]}", "$.vmas[0].start (line 1): found 4097, expected " + Address + ".")]
    [TestCase("{\"vmas\":[{\"process\":0,\"start\":\"0x800000000000\",\"pages\":1}]}", "$.vmas[0].start (line 1): found \"0x800000000000\", expected " + Address + ".")]
    [TestCase("{\"vmas\":[{\"process\":0,\"start\":0,\"pages\":1,\"flags\":\"read\"}]}", "$.vmas[0].flags (line 1): found \"read\", expected an array of flags.")]
    [TestCase("{\"vmas\":[{\"entries\":[{\"address\":4096}]}]}", "$.vmas[0].entries[0] (line 1): found neither \"slot\" nor \"fileOffset\", expected one of them.")]
    [TestCase("{\"vmas\":[{\"entries\":[{\"address\":4096,\"slot\":1,\"fileOffset\":1}]}]}", "$.vmas[0].entries[0] (line 1): found both \"slot\" and \"fileOffset\", expected one of them.")]
    [TestCase("{\"pages\":[{\"file\":1000000}]}", "$.pages[0].file (line 1): found 1000000, expected " + Owner + ".")]
    [TestCase("{\"pages\":[{\"swapCache\":0}]}", "$.pages[0].swapCache (line 1): found 0, expected a whole number from 1 to 33554432, or one in hexadecimal such as \"0x10\".")]
    [TestCase("{\"pages\":[{\"flags\":[\"locked\"]}]}", "$.pages[0].flags (line 1): found \"locked\", expected only flags that do not follow from other members: "
        + "\"locked\", \"list\", \"buffers\", \"writeback\" and \"swapCache\" make the others.")]
    [TestCase("{\"pages\":[{\"references\":[0,11]}]}", "$.pages[0].references[1] (line 1): found 11, expected " + Moment + ".")]
    [TestCase("{\"pages\":[{\"locked\":\"ever\"}]}", "$.pages[0].locked (line 1): found \"ever\", expected " + Moment + ".")]
    [TestCase("{\"pages\":[{\"writeback\":{\"fails\":true}}]}", "$.pages[0].writeback (line 1): found no \"until\", expected it.")]
    [TestCase("{\"pages\":[{\"buffers\":9}]}", "$.pages[0].buffers (line 1): found 9, expected a whole number from 0 to 8, or one in hexadecimal such as \"0x10\".")]
    [TestCase("{\"pages\":[{\"mapping\":{}}]}", "$.pages[0].mapping (line 1): found neither \"file\" nor \"anonVma\", expected one of them.")]
    [TestCase("{\"pages\":[{\"list\":null}]}", "$.pages[0].list (line 1): found null, expected \"isolated\", \"lru\", \"new\", \"lruAdd\", \"lruAddActive\", \"none\" or \"free\".")]
    [TestCase("{\"to\":true}", "$.to (line 1): found true, expected a number of new frames, an array of page numbers, or null.")]
    [TestCase("{\"before\":[\"putback\"]}", "$.before[0] (line 1): found \"putback\", expected \"drain\" or \"isolate\".")]
    [TestCase("{\"after\":[\"drain\",\"isolate\"]}", "$.after[1] (line 1): found \"isolate\", expected \"putback\" or \"drain\".")]
    [TestCase("{\"locks\":[{\"file\":0}]}", "$.locks[0] (line 1): found no \"lock\", expected it.")]
    [TestCase("{\"locks\":[{\"lock\":\"tree\"}]}", "$.locks[0] (line 1): found no number, expected \"file\" for \"tree\".")]
    [TestCase("{\"locks\":[{\"lock\":\"lru\",\"file\":0}]}", "$.locks[0] (line 1): found \"file\", expected \"zone\" for \"lru\".")]
    [TestCase("{\"locks\":[{\"lock\":\"swap\",\"file\":0}]}", "$.locks[0] (line 1): found \"file\", expected no number, since there is one such lock.")]
    [TestCase("{\"locks\":[{\"lock\":\"tree\",\"file\":0,\"zone\":1}]}", "$.locks[0].zone (line 1): found \"zone\" beside \"file\", expected one of them.")]
    [TestCase("{\"locks\":[{\"lock\":\"immap\",\"file\":\"swapper\"}]}", "$.locks[0] (line 1): found \"swapper\", expected the number of a file, since only the lock \"tree\" is used of swapper_space.")]
    public void Says_what_a_member_takes(string text, string sentence)
    {
        Assert.That(Sentence.OfReading(text), Is.EqualTo(sentence));
    }

    [Test]
    public void Escapes_and_cuts_what_it_echoes()
    {
        string value = "\u202e\u0085" + new string('é', 100_000);

        string sentence = Sentence.OfReading($$"""{"files":[{"kind":"{{value}}"}]}""");

        Assert.That(sentence, Is.EqualTo($"$.files[0].kind (line 1): found \"\\u202e\\u0085{new string('é', 28)}…\", expected \"regular\" or \"tmpfs\"."));
    }

    [Test]
    public void Leaves_escapes_in_names_as_they_are_written()
    {
        Assert.That(Sentence.OfReading("""{"\u001b[31m":0}"""), Does.StartWith("$ (line 1): found the unknown name \"\\u001b[31m\", expected "));
    }

    [Test]
    public void Refuses_a_lone_surrogate()
    {
        Assert.That(Sentence.OfReading("""{"title":"\ud800"}"""),
            Is.EqualTo("$.title (line 1): found \"\\ud800\", expected escapes that make Unicode text."));
    }

    [Test]
    public void Refuses_bytes_that_are_not_UTF_8()
    {
        byte[] text = [.. "{\"title\":\n\"a"u8, 0xe9, .. "\"}"u8];

        Assert.That(Sentence.OfReading(text), Is.EqualTo("$ (line 2): found the byte 0xe9, expected UTF-8."));
    }

    [Test]
    public void Refuses_deep_nesting_at_the_first_level_that_is_too_deep()
    {
        string text = "{\"pages\":" + new string('[', 1_000_000);

        Assert.That(Sentence.OfReading(text), Is.EqualTo("$.pages[0] (line 1): found an array, expected an object."));
    }

    [Test]
    public void Says_that_a_file_is_missing()
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "no\nsuch.json");

        Assert.That(() => ScenarioReader.ReadFile(path), Throws.TypeOf<ScenarioException>().With.Message.EqualTo(
            path.Replace("\n", "\\u000a") + ": found no such file, expected a file with a scenario."));
    }

    [Test]
    public void Every_cut_of_a_scenario_is_refused_in_one_line()
    {
        byte[] text = Encoding.UTF8.GetBytes(ScenarioWriter.ToText(RandomScenario.Everything));

        for (int length = 0; length < text.Length; length++)
        {
            string sentence = Sentence.OfReading(text[..length]);
            Assert.That(sentence, Does.Match(@"^\$[^\n]*: found [^\n]+, expected [^\n]+\.$"), $"the first {length} bytes");
        }
    }
}
