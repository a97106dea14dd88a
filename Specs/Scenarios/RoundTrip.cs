using System.Buffers;
using System.Text;
using MigrationConformance.Core;

namespace MigrationConformance.Scenarios;

/// <summary>What is written is read back as it was.</summary>
[TestFixture]
public sealed class RoundTrip
{
    [Test]
    public void Gives_back_every_member([Values] bool indented)
    {
        string text = ScenarioWriter.ToText(RandomScenario.Everything, indented);

        Assert.That(Sentence.Read(text), Is.EqualTo(RandomScenario.Everything));
    }

    [Test]
    public void Gives_back_any_scenario()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            Scenario scenario = RandomScenario.Make(new Random(seed));
            string text = ScenarioWriter.ToText(scenario);
            Assert.That(Sentence.Read(text), Is.EqualTo(scenario), $"seed {seed}: {text}");
        }
    }

    [Test]
    public void Leaves_out_what_has_its_default()
    {
        Assert.That(ScenarioWriter.ToText(new Scenario()), Is.EqualTo("{}"));
        Assert.That(ScenarioWriter.ToText(Given.FilePage(index: 7).MappedBy(1)), Is.EqualTo("""{"pages":[{"file":0,"index":7,"mappedBy":1}]}"""));
    }

    [Test]
    public void Says_what_means_something_else_than_its_absence()
    {
        Scenario scenario = Given.TruncatedPage().With(page => page with { Flags = PageFlags.None }).From().NoTo();

        Assert.That(ScenarioWriter.ToText(scenario with { Files = [], Vmas = [] }),
            Is.EqualTo("""{"files":[],"vmas":[],"pages":[{"flags":[]}],"from":[],"to":null}"""));
    }

    [Test]
    public void Writes_one_member_a_line_with_line_feeds()
    {
        Assert.That(ScenarioWriter.ToText(new Scenario { Zones = 2, Cpus = 3 }, indented: true), Is.EqualTo("{\n  \"zones\": 2,\n  \"cpus\": 3\n}"));
    }

    [Test]
    public void Writes_pages_while_they_are_made()
    {
        using var stream = new MemoryStream();
        ScenarioWriter.Write(stream, new Scenario { Zones = 2 }, Enumerable.Range(0, 50_000).Select(i => new ScenarioPage { File = 0, Index = (ulong)i }));

        Scenario read = ScenarioReader.Read(stream.ToArray());

        Assert.That(read.Pages.Count, Is.EqualTo(50_000));
        Assert.That(read.Pages[49_999], Is.EqualTo(new ScenarioPage { File = 0, Index = 49_999 }));
    }

    [Test]
    public void Reads_from_a_stream_that_hands_out_single_bytes()
    {
        byte[] text = Encoding.UTF8.GetBytes(ScenarioWriter.ToText(RandomScenario.Everything));

        Assert.That(ScenarioReader.Read(new Drip(text)), Is.EqualTo(RandomScenario.Everything));
    }

    [Test]
    public void Reads_a_file()
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "everything.json");
        File.WriteAllText(path, ScenarioWriter.ToText(RandomScenario.Everything), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

        Assert.That(ScenarioReader.ReadFile(path), Is.EqualTo(RandomScenario.Everything));
    }

    [TestCase("""{"pages":[{"index":"0x7f","file":"0x0","mappedBy":"0x2","references":["0xa"],"buffers":"0x1","swapPtes":0}]}""")]
    [TestCase("""{"pages":[{"index":127,"file":0,"mappedBy":2,"references":[10],"buffers":[{}]}]}""")]
    [TestCase("""{"p\u0061ges":[{"index":"\u00307\u0038f"}]}""", false)]
    [TestCase("""{"p\u0061ges":[{"index":"\u0030x7\u0046","file":0,"mappedBy":2,"references":[10],"buffers":1}]}""")]
    public void Reads_numbers_in_either_form(string text, bool isNumber = true)
    {
        Scenario expected = Given.FilePage(index: 127).MappedBy(2).PinnedUntil(10).WithBuffers(1);

        Assert.That(Sentence.OfReading(text) == "it was accepted", Is.EqualTo(isNumber));
        Assert.That(!isNumber || Sentence.Read(text) == expected, Is.True);
    }

    [Test]
    public void Reads_the_largest_numbers()
    {
        Scenario read = Sentence.Read("""{"pages":[{"index":18446744073709551615,"contents":"0xffffffffffffffff"}]}""");

        Assert.That(read.Pages[0], Is.EqualTo(new ScenarioPage { Index = ulong.MaxValue, Contents = ulong.MaxValue }));
    }

    [Test]
    public void Compares_scenarios_by_all_they_say()
    {
        Scenario a = Given.FilePage().MappedBy(1).PinnedUntil(3);
        Scenario b = Given.FilePage().MappedBy(1).PinnedUntil(3);
        Scenario c = Given.FilePage().MappedBy(1).PinnedUntil(4);

        Assert.That(a, Is.EqualTo(b));
        Assert.That(a.GetHashCode(), Is.EqualTo(b.GetHashCode()));
        Assert.That(a, Is.Not.EqualTo(c));
    }

    private sealed class Drip(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(1, count));
    }
}
