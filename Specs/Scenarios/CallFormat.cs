using System.Buffers;
using System.Text;
using System.Text.Json;
using MigrationConformance.Core;

namespace MigrationConformance.Scenarios;

/// <summary>The member <c>call</c>: what is refused, what is left out, and what the result says about it.</summary>
[TestFixture]
public sealed class CallFormat
{
    [TestCase("{'call':{}}", "$.call (line 1): found neither \"migratePages\" nor \"mbind\", expected one of them.")]
    [TestCase("{'call':{'mbind':{'nodes':[]},'migratePages':{'from':[],'to':[]}}}", "$.call.migratePages (line 1): found a second call, expected one.")]
    [TestCase("{'call':{'migratePages':{'to':[1]}}}", "$.call.migratePages (line 1): found no \"from\", expected it.")]
    [TestCase("{'call':{'migratePages':{'from':[0]}}}", "$.call.migratePages (line 1): found no \"to\", expected it.")]
    [TestCase("{'call':{'migratePages':{'from':[64],'to':[1]}}}",
        "$.call.migratePages.from[0] (line 1): found 64, expected a whole number from 0 to 63, or one in hexadecimal such as \"0x10\".")]
    [TestCase("{'call':{'migratePages':{'from':0,'to':[1]}}}", "$.call.migratePages.from (line 1): found 0, expected an array of node numbers.")]
    [TestCase("{'call':{'mbind':{}}}", "$.call.mbind (line 1): found no \"nodes\", expected it.")]
    [TestCase("{'call':{'mbind':{'nodes':[0],'start':'0x1001'}}}", "$.call.mbind.start (line 1): found \"0x1001\", expected an address in bytes, a multiple of 4096 below 2^47.")]
    [TestCase("{'call':{'mbind':{'nodes':[0],'policy':'default'}}}", "$.call.mbind.policy (line 1): found \"default\", expected \"bind\" or \"interleave\".")]
    [TestCase("{'call':{'mbind':{'nodes':[0],'flags':['moveall']}}}", "$.call.mbind.flags[0] (line 1): found \"moveall\", expected \"strict\", \"move\" or \"moveAll\".")]
    [TestCase("{'processes':[{'mems':[64]}]}", "$.processes[0].mems[0] (line 1): found 64, expected a whole number from 0 to 63, or one in hexadecimal such as \"0x10\".")]
    public void A_text_that_is_no_call_is_refused(string text, string sentence) => Assert.That(Sentence.OfReading(text.Replace('\'', '"')), Is.EqualTo(sentence));

    [TestCase("{'from':[],'call':{'mbind':{'nodes':[0]}}}", "$.from: found it beside \"call\", expected one of them, since a call makes its own lists.")]
    [TestCase("{'to':null,'call':{'mbind':{'nodes':[0]}}}", "$.to: found it beside \"call\", expected one of them, since a call makes its own lists.")]
    [TestCase("{'before':['drain'],'call':{'mbind':{'nodes':[0]}}}", "$.before: found it beside \"call\", expected one of them, since a call makes its own lists.")]
    [TestCase("{'after':['putback'],'call':{'mbind':{'nodes':[0]}}}", "$.after: found it beside \"call\", expected one of them, since a call makes its own lists.")]
    [TestCase("{'processes':[{}],'call':{'mbind':{'process':1,'nodes':[0]}}}", "$.call.mbind.process: found 1, expected one of the processes, 0 to 0.")]
    [TestCase("{'processes':[{}],'call':{'migratePages':{'process':1,'from':[0],'to':[0]}}}", "$.call.migratePages.process: found 1, expected one of the processes, 0 to 0.")]
    [TestCase("{'processes':[{}],'call':{'migratePages':{'caller':1,'from':[0],'to':[0]}}}", "$.call.migratePages.caller: found 1, expected one of the processes, 0 to 0.")]
    [TestCase("{'call':{'migratePages':{'process':null,'from':[0],'to':[0]}}}",
        "$.call.migratePages.caller: found no caller for a pid without a process, expected the number of a process.")]
    [TestCase("{'call':{'mbind':{'start':'0x7ffffffff000','pages':2,'nodes':[0]}}}", "$.call.mbind.pages: found 2, expected a length such that the end is at most at 2^47.")]
    [TestCase("{'call':{'mbind':{'start':'0x1000','nodes':[0]}}}",
        "$.call.mbind.start: found 0x1000 without \"pages\", behind the process's lowest VMA, expected \"pages\" beside it.")]
    public void A_call_that_cannot_be_made_is_refused(string text, string sentence) => Assert.That(Sentence.OfBuilding(text.Replace('\'', '"')), Is.EqualTo(sentence));

    [TestCase("{'call':{'migratePages':{'from':[0],'to':[1]}}}")]
    [TestCase("{'call':{'migratePages':{'process':null,'caller':3,'from':[0,63],'to':[]}}}")]
    [TestCase("{'call':{'mbind':{'nodes':[1,2]}}}")]
    [TestCase("{'call':{'mbind':{'process':2,'start':'0x10000000','pages':7,'policy':'interleave','nodes':[1],'flags':['strict','moveAll']}}}")]
    [TestCase("{'call':{'mbind':{'nodes':[1],'flags':[]}}}")]
    [TestCase("{'processes':[{'uid':1,'euid':2,'suid':3,'capSysNice':false,'mems':[0,2]},{'mems':[]}]}")]
    public void What_is_written_is_what_was_read(string text) =>
        Assert.That(ScenarioWriter.ToText(Sentence.Read(text.Replace('\'', '"'))), Is.EqualTo(text.Replace('\'', '"')));

    [Test]
    public void A_call_without_range_is_about_the_lowest_VMA_of_its_process()
    {
        ScenarioMachine run = Sentence.Build("""
            {"vmas":[{"process":0,"start":"0x5000","pages":2,"file":0},{"process":0,"start":"0x3000","pages":1,"file":0},{"process":1,"start":"0x1000","pages":1,"file":0}],
             "call":{"mbind":{"nodes":[0]}}}
            """);

        Assert.That((run.Machine.PolicyCalls[0].Start, run.Machine.PolicyCalls[0].End), Is.EqualTo((0x3000UL, 0x4000UL)));
    }

    [Test]
    public void The_result_says_what_the_call_did()
    {
        JsonElement result = Run("""
            {"patch":"newPageOrder","zones":2,"processes":[{},{}],
             "pages":[{"file":0,"repeat":2,"mappedBy":1},{"file":0,"index":2,"mappedBy":2},{"file":0,"index":3,"mappedBy":1,"list":"none"},{"file":0,"index":4,"mappedBy":1,"references":["never"]},{"zone":1,"repeat":8}],
             "call":{"migratePages":{"from":[0],"to":[1]}}}
            """);

        Assert.That(result.GetProperty("call").GetRawText(), Is.EqualTo(
            "{\"name\":\"migratePages\",\"error\":null,\"found\":5,\"shared\":1,\"notOnLru\":1,\"isolated\":3,\"putBack\":3,"
            + "\"chunks\":[{\"pages\":3,\"newPages\":1,\"return\":0},{\"pages\":2,\"newPages\":1,\"return\":0},{\"pages\":1,\"newPages\":1,\"return\":1}]}"));
        Assert.That((result.GetProperty("return").GetInt32(), result.GetProperty("passes").GetInt32()), Is.EqualTo((1, 13)));
        Assert.That(result.GetProperty("from").EnumerateArray().Select(page => $"{page.GetProperty("page")} {page.GetProperty("outcome")} {page.GetProperty("newpage")}"),
            Is.EqualTo(new[] { "0 migrated 5", "1 migrated 6", "4 retry " }));
    }

    [Test]
    public void The_result_names_the_error()
    {
        JsonElement result = Run("""{"call":{"mbind":{"start":0,"pages":1,"nodes":[]}},"processes":[{}]}""");

        Assert.That((result.GetProperty("return").GetInt32(), result.GetProperty("call").GetProperty("error").GetString()), Is.EqualTo((-22, "EINVAL")));
    }

    [Test]
    public void A_call_that_waits_for_ever_says_for_what_and_where()
    {
        JsonElement result = Run("""{"pages":[{"file":0,"mappedBy":1}],"locks":[{"lock":"mmapSem","process":0}],"call":{"mbind":{"nodes":[0]}}}""");

        Assert.That(result.GetProperty("blocked").GetRawText(), Is.EqualTo("{\"page\":null,\"pass\":0,\"step\":\"TakeMmapSem\",\"waitsFor\":\"MmapSem\",\"number\":0}"));
        Assert.That(result.GetProperty("return").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [TestCase("""{"mbind":{"nodes":[1]}}""", TestName = "{m}_for_writing")]
    [TestCase("""{"migratePages":{"from":[0],"to":[1]}}""", TestName = "{m}_for_reading")]
    public void A_call_that_waits_inside_migrate_pages_has_its_semaphore_and_its_page_under_way(string call)
    {
        JsonElement result = Run($$"""
            {"patch":"policyLayer","zones":2,"pages":[{"file":0,"mappedBy":1,"locked":"never"},{"zone":1}],"call":{{call}}}
            """);

        Assert.That(result.GetProperty("from")[0].GetProperty("outcome").GetString(), Is.EqualTo("underWay"));
        Assert.That(result.GetProperty("call").GetProperty("chunks").GetRawText(), Is.EqualTo("[{\"pages\":1,\"newPages\":1,\"return\":null}]"));
        Assert.That(result.GetProperty("machine").GetProperty("locks").GetRawText(),
            Is.EqualTo("[{\"lock\":\"page\",\"page\":0,\"owner\":\"others\"},{\"lock\":\"mmapSem\",\"process\":0,\"owner\":\"migration\"}]"));
    }

    [Test]
    public void Without_a_call_there_is_no_such_key() => Assert.That(Run("{}").TryGetProperty("call", out _), Is.False);

    private static JsonElement Run(string text)
    {
        var output = new ArrayBufferWriter<byte>();
        ResultWriter.Write(output, MigrationRun.Run(Sentence.Build(text)));
        return JsonDocument.Parse(Encoding.UTF8.GetString(output.WrittenSpan)).RootElement;
    }
}
