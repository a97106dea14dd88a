namespace MigrationConformance.Cli;

/// <summary>A capture says what the kernel shows of processes: which pages they share, and how each is mapped.</summary>
[TestFixture]
public sealed class CaptureSpec
{
    private const string Heap = "00010000-00014000 rw-p 00000000 00:00 0                          [heap]";
    private const string Code = "00020000-00024000 r-xp 00001000 fe:00 17                         /usr/bin/tool";
    private const string Data = "00030000-00032000 rw-p 00005000 fe:00 17                         /usr/bin/tool";
    private const string Memory = "00040000-00042000 rw-s 00000000 00:01 9                          /memfd:ring (deleted)";

    private FakeProc proc = null!;

    [SetUp]
    public void SetUp() => proc = new FakeProc();

    [TearDown]
    public void TearDown() => proc.Dispose();

    [Test]
    public void A_process_is_its_VMAs_and_its_pages()
    {
        proc.Process(7, "tool", Heap, Code).Map(7, 0x10000, FakeProc.Anonymous, 900).Map(7, 0x21000, FakeProc.File, 55);

        Captured captured = proc.Capture();

        Assert.That(captured.Json, Is.EqualTo(
            """
            {"title":"1 process, captured on Linux",
             "files":[
              {}],
             "processes":[
              {}],
             "vmas":[
              {"process":0,"start":"0x10000","pages":4,"anonVma":0,"pgoff":16,"flags":["read","write"]},
              {"process":0,"start":"0x20000","pages":4,"file":0,"pgoff":1,"flags":["read"]}],
             "pages":[
              {"anonVma":0,"index":16,"ptes":[{"vma":0,"dirty":true}]},
              {"file":0,"index":2,"ptes":[{"vma":1}]}]
            }

            """));
    }

    [Test]
    public void An_anonymous_page_of_two_processes_makes_their_VMAs_share_an_anon_vma()
    {
        proc.Process(7, "parent", Heap).Process(8, "child", Heap)
            .Map(7, 0x10000, FakeProc.Anonymous, 900, 901).Map(8, 0x10000, FakeProc.Anonymous, 900, 902);

        Captured captured = proc.Capture();

        Assert.That(captured.Lines("vmas"), Has.All.Contains("\"anonVma\":0"));
        Assert.That(captured.Lines("pages"), Is.EqualTo(new[]
        {
            """{"anonVma":0,"index":16,"ptes":[{"vma":0},{"vma":1}]}""",
            """{"anonVma":0,"index":17,"ptes":[{"vma":0,"dirty":true}]}""",
            """{"anonVma":0,"index":17,"ptes":[{"vma":1,"dirty":true}]}""",
        }));
    }

    [Test]
    public void VMAs_that_share_no_page_have_an_anon_vma_each()
    {
        proc.Process(7, "a", Heap).Process(8, "b", Heap).Map(7, 0x10000, FakeProc.Anonymous, 900).Map(8, 0x10000, FakeProc.Anonymous, 901);

        Captured captured = proc.Capture();

        Assert.That(captured.Lines("vmas")[0], Does.Contain("\"anonVma\":0"));
        Assert.That(captured.Lines("vmas")[1], Does.Contain("\"anonVma\":1"));
    }

    [Test]
    public void An_anonymous_page_at_another_offset_is_held_by_a_reference_instead_of_an_entry()
    {
        string moved = Heap.Replace("00010000-00014000", "00018000-0001c000", StringComparison.Ordinal);
        proc.Process(7, "a", Heap).Process(8, "b", moved).Map(7, 0x10000, FakeProc.Anonymous, 900).Map(8, 0x18000, FakeProc.Anonymous, 900);

        Captured captured = proc.Capture();

        Assert.That(captured.Lines("pages"), Is.EqualTo(new[] { """{"anonVma":0,"index":16,"ptes":[{"vma":0}],"references":["never"]}""" }));
        Assert.That(captured.Document.LeftOut[LeftOut.EntryElsewhere], Is.EqualTo(1));
    }

    [Test]
    public void A_written_page_of_a_private_file_mapping_is_anonymous_at_its_offset_in_the_file()
    {
        proc.Process(7, "tool", Data).Map(7, 0x31000, FakeProc.Anonymous, 900).Map(7, 0x30000, FakeProc.File, 55);

        Captured captured = proc.Capture();

        Assert.That(captured.Lines("vmas"), Is.EqualTo(new[]
        {
            """{"process":0,"start":"0x30000","pages":2,"file":0,"anonVma":0,"pgoff":5,"flags":["read","write"]}""",
        }));
        Assert.That(captured.Lines("pages"), Is.EqualTo(new[]
        {
            """{"file":0,"index":5,"ptes":[{"vma":0}]}""",
            """{"anonVma":0,"index":6,"ptes":[{"vma":0,"dirty":true}]}""",
        }));
    }

    [Test]
    public void A_file_page_of_two_processes_is_one_page_with_two_entries()
    {
        proc.Process(7, "a", Code).Process(8, "b", Code).Map(7, 0x20000, FakeProc.File, 55).Map(8, 0x20000, FakeProc.File, 55);

        Captured captured = proc.Capture();

        Assert.That(captured.Lines("files"), Has.Length.EqualTo(1));
        Assert.That(captured.Lines("pages"), Is.EqualTo(new[] { """{"file":0,"index":1,"ptes":[{"vma":0},{"vma":1}]}""" }));
    }

    [Test]
    public void Shared_memory_is_a_tmpfs_file_that_is_written_through_its_entries()
    {
        proc.Process(7, "a", Memory).Map(7, 0x40000, FakeProc.File | FakeProc.SwapBacked | FakeProc.Dirty, 55);

        Captured captured = proc.Capture();

        Assert.That(captured.Lines("files"), Is.EqualTo(new[] { """{"kind":"tmpfs"}""" }));
        Assert.That(captured.Lines("vmas")[0], Does.EndWith("""
            "flags":["read","write","shared","mayShare"]}
            """.Trim()));
        Assert.That(captured.Lines("pages"), Is.EqualTo(new[]
        {
            """{"file":0,"index":0,"flags":["uptodate","dirty"],"ptes":[{"vma":0,"write":true}]}""",
        }));
    }

    [Test]
    public void Swapped_pages_keep_what_they_share_and_get_new_slots()
    {
        proc.Process(7, "a", Heap).Process(8, "b", Heap).Swap(7, 0x10000, 1, 5000).Swap(7, 0x11000, 0, 5000).Swap(8, 0x11000, 0, 5000);

        Captured captured = proc.Capture();

        Assert.That(string.Concat(captured.Json.Split('\n').Select(line => line.Trim())), Does.Contain(
            """{"process":0,"start":"0x10000","pages":4,"anonVma":0,"pgoff":16,"flags":["read","write"],"entries":[{"address":"0x10000","slot":1},{"address":"0x11000","slot":2}]},"""
            + """{"process":1,"start":"0x10000","pages":4,"anonVma":0,"pgoff":16,"flags":["read","write"],"entries":[{"address":"0x11000","slot":2}]}]"""));
    }

    [Test]
    public void A_swap_cache_page_gets_a_slot_behind_those_of_the_entries()
    {
        proc.Process(7, "a", Heap).Swap(7, 0x10000, 0, 5000).Map(7, 0x11000, FakeProc.Anonymous | (1 << 13), 900, 901);

        Captured captured = proc.Capture();

        Assert.That(captured.Lines("pages"), Is.EqualTo(new[] { """{"repeat":2,"anonVma":0,"index":17,"swapCache":2,"ptes":[{"vma":0,"dirty":true}]}""" }));
    }

    [Test]
    public void Pages_that_are_alike_are_one_run_whatever_their_frames()
    {
        proc.Process(7, "a", Heap, Code).Map(7, 0x10000, FakeProc.Anonymous, 900, 17, 300000).Map(7, 0x13000, FakeProc.Anonymous | (1 << 6), 901)
            .Map(7, 0x20000, FakeProc.File, 55).Map(7, 0x22000, FakeProc.File, 56);

        Captured captured = proc.Capture();

        Assert.That(captured.Document.PageCount, Is.EqualTo(6));
        Assert.That(captured.Lines("pages"), Is.EqualTo(new[]
        {
            """{"repeat":3,"anonVma":0,"index":16,"ptes":[{"vma":0,"dirty":true}]}""",
            """{"anonVma":0,"index":19,"flags":["uptodate","active"],"ptes":[{"vma":0,"dirty":true}]}""",
            """{"file":0,"index":1,"ptes":[{"vma":1}]}""",
            """{"file":0,"index":3,"ptes":[{"vma":1}]}""",
        }));
    }

    [TestCase(1UL, 1)]
    [TestCase(4UL, 4)]
    [TestCase(5UL, 4)]
    [TestCase(5000UL, 4)]
    public void Entries_of_processes_that_are_not_captured_are_references_that_never_end(ulong others, int references)
    {
        proc.Process(7, "a", Code).Map(7, 0x20000, FakeProc.File, 55).MappedByOthers(55, others);

        Captured captured = proc.Capture();

        string all = string.Join(',', Enumerable.Repeat("\"never\"", references));
        Assert.That(captured.Lines("pages"), Is.EqualTo(new[] { $$"""{"file":0,"index":1,"ptes":[{"vma":0}],"references":[{{all}}]}""" }));
    }

    [Test]
    public void The_capturing_process_is_not_captured_and_holds_nothing()
    {
        proc.Process(7, "a", Code).Process(8, "capture", Code).Map(7, 0x20000, FakeProc.File, 55).Map(8, 0x20000, FakeProc.File, 55, 56);

        Captured captured = proc.Capture(self: 8);

        Assert.That(captured.Lines("processes"), Has.Length.EqualTo(1));
        Assert.That(captured.Lines("pages"), Is.EqualTo(new[] { """{"file":0,"index":1,"ptes":[{"vma":0}]}""" }));
    }

    [Test]
    public void A_large_folio_is_the_pages_that_it_consists_of()
    {
        proc.Process(7, "a", Code).Map(7, 0x20000, FakeProc.File | (1 << 15) | (1 << 22), 64).Map(7, 0x21000, FakeProc.File | (1 << 16) | (1 << 22), 65);

        Captured captured = proc.Capture();

        Assert.That(captured.Lines("pages"), Is.EqualTo(new[] { """{"repeat":2,"file":0,"index":1,"ptes":[{"vma":0}]}""" }));
    }

    [Test]
    public void Buffers_locks_and_writeback_of_others_are_carried()
    {
        const ulong Private = 1UL << 35;
        proc.Process(7, "a", Code).Map(7, 0x20000, FakeProc.File | Private, 55).Map(7, 0x21000, FakeProc.File | Private | FakeProc.Dirty, 56)
            .Map(7, 0x22000, FakeProc.File | 1, 57).Map(7, 0x23000, FakeProc.File | (1 << 8), 58);

        Captured captured = proc.Capture();

        Assert.That(captured.Lines("pages"), Is.EqualTo(new[]
        {
            """{"file":0,"index":1,"ptes":[{"vma":0}],"buffers":1}""",
            """{"file":0,"index":2,"flags":["uptodate","dirty"],"ptes":[{"vma":0}],"buffers":[{"dirty":true}]}""",
            """{"file":0,"index":3,"ptes":[{"vma":0}],"locked":"waited"}""",
            """{"file":0,"index":4,"ptes":[{"vma":0}],"writeback":"waited"}""",
        }));
    }

    [Test]
    public void Names_are_written_only_when_asked_for()
    {
        proc.Process(7, "tool", Code).Process(8, "sh", Heap);

        Captured without = proc.Capture();
        Captured with = proc.Capture(names: true);

        Assert.That(without.Json, Does.Not.Contain("tool"));
        Assert.That(without.Json, Does.Not.Contain("name"));
        Assert.That(with.Lines("files"), Is.EqualTo(new[] { """{"name":"/usr/bin/tool"}""" }));
        Assert.That(with.Lines("processes"), Is.EqualTo(new[] { """{"name":"tool (7)"}""", """{"name":"sh (8)"}""" }));
    }
}
