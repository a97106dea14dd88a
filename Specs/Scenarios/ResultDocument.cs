using System.Buffers;
using System.Text;
using System.Text.Json;
using MigrationConformance.Core;

namespace MigrationConformance.Scenarios;

/// <summary>The result document says how the run ended and what the whole machine is then.</summary>
[TestFixture]
public sealed class ResultDocument
{
    [Test]
    public void Says_everything_of_a_small_run()
    {
        MigrationResult result = Given.FilePage(index: 7).MappedBy(1).Titled("one page").Run();

        Assert.That(Written(result), Is.EqualTo(
            "{\"title\":\"one page\",\"patch\":\"v9\",\"outcome\":\"returned\",\"return\":0,\"blocked\":null,\"bug\":null,\"passes\":1,"
            + "\"from\":[{\"page\":0,\"outcome\":\"migrated\",\"newpage\":1,\"pass\":0,\"step\":\"MoveToLru\",\"documentedStep\":20,\"reason\":null,\"rc\":0}],"
            + "\"machine\":{\"pages\":["
            + "{\"page\":0,\"count\":1,\"mapcount\":0,\"flags\":[\"uptodate\"],\"mapping\":null,\"index\":7,\"private\":0,\"buffers\":[],\"contents\":1,\"zone\":0,\"list\":\"moved\"},"
            + "{\"page\":1,\"count\":2,\"mapcount\":0,\"flags\":[\"uptodate\"],\"mapping\":{\"file\":0},\"index\":7,\"private\":0,\"buffers\":[],\"contents\":1,\"zone\":0,\"list\":\"lruAdd\"}],"
            + "\"trees\":[{\"mapping\":\"swapper\",\"height\":0,\"nrpages\":0,\"items\":[]},"
            + "{\"mapping\":0,\"height\":1,\"nrpages\":1,\"items\":[{\"index\":7,\"page\":1,\"dirty\":false,\"writeback\":false}]}],"
            + "\"lists\":{\"from\":[],\"to\":[],\"moved\":[0],\"failed\":[],\"others\":[],"
            + "\"zones\":[{\"active\":[],\"inactive\":[],\"nrActive\":0,\"nrInactive\":0}],\"cpus\":[{\"lruAdd\":[1],\"lruAddActive\":[]}]},"
            + "\"processes\":[{\"process\":0,\"anonRss\":0,\"fileRss\":0,\"hiwaterRss\":1,\"entries\":[]}],\"mmlist\":[],\"vmas\":[],"
            + "\"swap\":{\"free\":1,\"slots\":[]},"
            + "\"files\":[{\"file\":0,\"flags\":[],\"truncateCount\":0,\"onShmemSwaplist\":false,\"blocks\":[{\"index\":7,\"contents\":1}],\"swapped\":[]}],"
            + "\"locks\":[],\"holds\":[],\"counters\":{\"nrMapped\":0,\"nrDirty\":0,\"nrWriteback\":0,\"nrPagecache\":1}}}"));
    }

    [Test]
    public void Is_the_same_value_on_one_line_and_on_many()
    {
        MigrationResult result = Given.FilePage().WithBuffers(2).LockedUntil(3).And.AnonPage().InSwapCache(2).SwappedOutBy(1).Pinned().Run();

        string line = Written(result), lines = Written(result, indented: true);

        Assert.That(lines, Does.StartWith("{\n  \"patch\": \"v9\",\n").And.Not.Contain("\r"));
        Assert.That(Compact(lines), Is.EqualTo(line));
    }

    [Test]
    public void Is_the_same_on_a_stream()
    {
        MigrationResult result = Given.FilePage().With(page => page with { Repeat = 5000 }).Run();
        using var stream = new MemoryStream();

        ResultWriter.Write(stream, result);

        Assert.That(Encoding.UTF8.GetString(stream.ToArray()), Is.EqualTo(Written(result)));
    }

    [Test]
    public void Keeps_its_keys_whatever_the_machine_is()
    {
        string[] keys = [.. Keys(Written(Given.NoPage.Run()))];
        string[] full = [.. Keys(Written(MigrationRun.Run(ScenarioBuilder.Build(Given.FilePage(3).WithBuffers().Pinned().And.AnonPage().MappedBy(2).NoTo()))))];

        Assert.That(keys, Is.EqualTo("patch outcome return blocked bug passes from machine pages trees lists processes mmlist vmas swap files locks holds counters".Split(' ')));
        Assert.That(full, Is.EqualTo(keys));
    }

    [Test]
    public void Says_what_a_blocked_run_waits_for()
    {
        JsonElement page = Document(Given.FilePage().LockedUntil(Until.Never).Run());
        JsonElement tree = Document(Given.FilePage(file: 1).OthersLock(ScenarioLockKind.Tree, 1).Run());

        Assert.That(page.GetProperty("outcome").GetString(), Is.EqualTo("blocked"));
        Assert.That(page.GetProperty("return").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(page.GetProperty("blocked").GetRawText(), Is.EqualTo("""{"page":0,"pass":3,"step":"LockPage","waitsFor":"PageLock","number":0}"""));
        Assert.That(page.GetProperty("from")[0].GetRawText(),
            Is.EqualTo("""{"page":0,"outcome":"underWay","newpage":null,"pass":3,"step":"LockPage","documentedStep":1,"reason":null,"rc":null}"""));
        Assert.That(page.GetProperty("machine").GetProperty("locks").GetRawText(), Is.EqualTo("""[{"lock":"page","page":0,"owner":"others"}]"""));
        Assert.That(page.GetProperty("machine").GetProperty("holds").GetRawText(), Is.EqualTo("""[{"kind":"pageLock","page":0,"buffer":null,"until":"never"}]"""));
        Assert.That(tree.GetProperty("blocked").GetProperty("waitsFor").GetString(), Is.EqualTo("TreeLock"));
        Assert.That(tree.GetProperty("blocked").GetProperty("number").GetInt32(), Is.EqualTo(1), "the file's number, not the mapping's");
        Assert.That(tree.GetProperty("machine").GetProperty("locks").GetRawText(), Is.EqualTo(
            """[{"lock":"page","page":0,"owner":"migration"},{"lock":"page","page":1,"owner":"migration"},{"lock":"tree","file":1,"owner":"others"}]"""));
    }

    /// <summary>migrate_pages has returned then; that it stopped at a page without a new page for it is another matter.</summary>
    [TestCase("0")]
    [TestCase("1")]
    public void A_caller_that_waits_afterwards_waits_for_no_page(string to)
    {
        JsonElement document = Document(MigrationRun.Run(Sentence.Build($$"""
            {"pages":[{"file":0}],"to":{{to}},"after":["putback","drain"],"locks":[{"lock":"lru","zone":0}]}
            """)));

        Assert.That(document.GetProperty("blocked").GetRawText(), Is.EqualTo("""{"page":null,"pass":0,"step":"Finished","waitsFor":"LruLock","number":0}"""));
    }

    [Test]
    public void Says_which_check_a_bug_is()
    {
        JsonElement document = Document(Given.SwapCachePage(1).Run());

        Assert.That(document.GetProperty("outcome").GetString(), Is.EqualTo("bug"));
        Assert.That(document.GetProperty("bug").GetRawText(),
            Is.EqualTo("""{"check":"TryToUnmapFileNullMapping","function":"try_to_unmap_file","page":0,"pass":0,"step":"TryToUnmap"}"""));
        Assert.That(document.GetProperty("blocked").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public void Says_nothing_of_attempts_that_were_not_made()
    {
        JsonElement document = Document(Given.FilePage().And.FilePage().To(0).Run());
        JsonElement unlisted = Document(Given.FilePage().On(PagePlace.None).From(0).CallerFirst(CallerAction.Isolate).Run());

        Assert.That(document.GetProperty("from")[1].GetRawText(),
            Is.EqualTo("""{"page":1,"outcome":"notReached","newpage":null,"pass":null,"step":null,"documentedStep":null,"reason":null,"rc":null}"""));
        Assert.That(unlisted.GetProperty("from")[0].GetProperty("outcome").GetString(), Is.EqualTo("notIsolated"));
    }

    [Test]
    public void Shows_buffers_entries_swap_cursors_and_locks()
    {
        JsonElement machine = Document(MigrationRun.Run(Sentence.Build("""
            {"from":[],"cpus":2,"locks":[{"lock":"mmlist"},{"lock":"mmapSem","process":0},{"lock":"tree","file":"swapper"},{"lock":"lru","zone":0}],
             "files":[{"flags":["inodeDirty","eio"],"truncateCount":4},{"kind":"tmpfs","swapped":[{"index":4,"slot":2}]}],
             "vmas":[{"process":0,"start":"0x1000","pages":3,"anonVma":0,"entries":[{"address":"0x2000","slot":3}]},
                     {"process":0,"start":"0x10000","pages":4,"file":0,"flags":["nonlinear"],"cursor":8192,"entries":[{"address":"0x11000","fileOffset":77}]}],
             "pages":[{"file":0,"buffers":[{"dirty":true,"users":["waited","never"]},{"uptodate":false,"mapped":false,"associated":true,"writeEio":true,"locked":2}]},
                      {"anonVma":0,"swapCache":3,"zone":0,"ptes":[{"vma":0,"young":true,"dirty":true,"write":false}],"flags":["active","dirty"]},
                      {"file":0,"index":5,"list":"lruAddActive","cpu":1,"writeback":{"until":3,"contents":44,"fails":true}}]}
            """))).GetProperty("machine");

        Assert.That(machine.GetProperty("pages")[0].GetProperty("buffers").GetRawText(),
            Is.EqualTo("""[{"flags":["uptodate","dirty","mapped"],"count":2},{"flags":["lock","writeEio","associated"],"count":0}]"""));
        Assert.That(machine.GetProperty("pages")[0].GetProperty("private").GetInt32(), Is.EqualTo(1));
        Assert.That(machine.GetProperty("pages")[1].GetProperty("flags").GetRawText(), Is.EqualTo("""["dirty","lru","active","swapCache"]"""));
        Assert.That(machine.GetProperty("pages")[1].GetProperty("mapping").GetRawText(), Is.EqualTo("""{"anonVma":0}"""));
        Assert.That(machine.GetProperty("processes")[0].GetProperty("entries").GetRawText(), Is.EqualTo(
            """[{"address":4096,"page":1,"young":true,"dirty":true,"write":false},{"address":8192,"slot":3},{"address":69632,"fileOffset":77}]"""));
        Assert.That(machine.GetProperty("mmlist").GetRawText(), Is.EqualTo("[0]"));
        Assert.That(machine.GetProperty("vmas").GetRawText(), Is.EqualTo("""[{"vma":1,"cursor":8192}]"""));
        Assert.That(machine.GetProperty("swap").GetRawText(), Is.EqualTo("""{"free":4,"slots":[{"slot":2,"count":1,"contents":0},{"slot":3,"count":2,"contents":0}]}"""));
        Assert.That(machine.GetProperty("files").GetRawText(), Is.EqualTo(
            """[{"file":0,"flags":["eio","inodeDirty"],"truncateCount":4,"onShmemSwaplist":false,"blocks":[{"index":0,"contents":1},{"index":5,"contents":3}],"swapped":[]},"""
            + """{"file":1,"flags":[],"truncateCount":0,"onShmemSwaplist":true,"blocks":[],"swapped":[{"index":4,"slot":2}]}]"""));
        Assert.That(machine.GetProperty("locks").GetRawText(), Is.EqualTo(
            """[{"lock":"tree","file":"swapper","owner":"others"},{"lock":"mmapSem","process":0,"owner":"others"},{"lock":"lru","zone":0,"owner":"others"},{"lock":"mmlist","owner":"others"}]"""));
        Assert.That(machine.GetProperty("lists").GetProperty("cpus").GetRawText(), Is.EqualTo("""[{"lruAdd":[],"lruAddActive":[]},{"lruAdd":[],"lruAddActive":[2]}]"""));
        Assert.That(machine.GetProperty("counters").GetRawText(), Is.EqualTo("""{"nrMapped":1,"nrDirty":0,"nrWriteback":1,"nrPagecache":3}"""));
    }

    [Test]
    public void Shows_holds_by_page_kind_buffer_and_end()
    {
        JsonElement machine = Document(MigrationRun.Run(Sentence.Build("""
            {"from":[],"pages":[{"file":0,"references":["never",3,"waited"],"buffers":[{"users":[4],"locked":5},{"users":["never"]}],
                                 "writeback":{"until":"never","contents":44,"fails":true}}]}
            """))).GetProperty("machine");

        Assert.That(machine.GetProperty("holds").EnumerateArray().Select(hold => hold.GetRawText()), Is.EqualTo(new[]
        {
            """{"kind":"reference","page":0,"buffer":null,"until":3}""",
            """{"kind":"reference","page":0,"buffer":null,"until":"waited"}""",
            """{"kind":"reference","page":0,"buffer":null,"until":"never"}""",
            """{"kind":"writeback","page":0,"buffer":null,"until":"never","contents":44,"fails":true,"owner":"others"}""",
            """{"kind":"bufferCount","page":0,"buffer":0,"until":4}""",
            """{"kind":"bufferCount","page":0,"buffer":1,"until":"never"}""",
            """{"kind":"bufferLock","page":0,"buffer":0,"until":5}""",
        }));
    }

    [Test]
    public void Says_null_for_a_to_that_was_absent()
    {
        JsonElement lists = Document(Given.FilePage().NoTo().Run()).GetProperty("machine").GetProperty("lists");

        Assert.That(lists.GetProperty("to").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    private static string Written(MigrationResult result, bool indented = false)
    {
        var output = new ArrayBufferWriter<byte>();
        ResultWriter.Write(output, result, indented);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static JsonElement Document(MigrationResult result) => JsonDocument.Parse(Written(result)).RootElement;

    private static string Compact(string json)
    {
        using var document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document.RootElement);
    }

    private static IEnumerable<string> Keys(string json)
    {
        using var document = JsonDocument.Parse(json);
        foreach (JsonProperty member in document.RootElement.EnumerateObject())
        {
            yield return member.Name;
            foreach (JsonProperty inner in member.Name == "machine" ? member.Value.EnumerateObject().ToArray() : [])
                yield return inner.Name;
        }
    }
}
