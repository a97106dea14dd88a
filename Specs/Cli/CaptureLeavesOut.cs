namespace MigrationConformance.Cli;

/// <summary>What a capture leaves out it counts, and what it cannot read it names; the rest is captured.</summary>
[TestFixture]
public sealed class CaptureLeavesOut
{
    private const string Heap = "00010000-00014000 rw-p 00000000 00:00 0                          [heap]";
    private const string Code = "00020000-00024000 r-xp 00001000 fe:00 17                         /usr/bin/tool";

    private FakeProc proc = null!;

    [SetUp]
    public void SetUp() => proc = new FakeProc();

    [TearDown]
    public void TearDown() => proc.Dispose();

    [TestCase(FakeProc.Anonymous | (1UL << 21), LeftOut.Ksm)]
    [TestCase(FakeProc.Anonymous | (1UL << 19), LeftOut.Poisoned)]
    [TestCase(1UL << 24, LeftOut.ZeroPage)]
    [TestCase((1UL << 24) | (1UL << 32), LeftOut.ZeroPage)]
    [TestCase(1UL << 32, LeftOut.NotOnLru)]
    [TestCase(1UL << 20, LeftOut.NotOnLru)]
    [TestCase(FakeProc.Uptodate, LeftOut.NotOnLru)]
    [TestCase(1UL << 17, LeftOut.HugeTlb)]
    [TestCase(1UL << 10, LeftOut.ChangedWhileRead)]
    [TestCase(1UL << 26, LeftOut.ChangedWhileRead)]
    [TestCase(FakeProc.File, LeftOut.ChangedWhileRead)]
    public void Frames_that_2006_could_not_have_there(ulong flags, object reason)
    {
        proc.Process(7, "a", Heap).Map(7, 0x10000, flags, 55).Map(7, 0x11000, FakeProc.Anonymous, 900);

        Captured captured = proc.Capture();

        Assert.That(captured.Document.LeftOut[(LeftOut)reason], Is.EqualTo(1));
        Assert.That(captured.Lines("pages"), Is.EqualTo(new[] { """{"anonVma":0,"index":17,"ptes":[{"vma":0,"dirty":true}]}""" }));
    }

    [TestCase("00080000-00082000 r--p 00000000 00:00 0                          [vvar]")]
    [TestCase("00080000-00082000 r--p 00000000 00:00 0                          [vvar_vclock]")]
    [TestCase("00080000-00082000 r-xp 00000000 00:00 0                          [vdso]")]
    [TestCase("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]")]
    public void Mappings_of_the_kernels_own_pages(string line)
    {
        proc.Process(7, "a", Heap, line);

        Captured captured = proc.Capture();

        Assert.That(captured.Lines("vmas"), Has.Length.EqualTo(1));
        Assert.That(captured.Document.LeftOut[LeftOut.DeviceMapping], Is.EqualTo(1));
    }

    [TestCase("io", LeftOut.DeviceMapping)]
    [TestCase("pf", LeftOut.DeviceMapping)]
    [TestCase("ht", LeftOut.HugeTlbMapping)]
    public void Mappings_that_smaps_marks(string code, object reason)
    {
        proc.Process(7, "a");
        File.WriteAllText(proc.PathOf(7, "smaps"), $"{Heap}\nRss:  4 kB\nSwap:  0 kB\nVmFlags: rd wr mr {code} mw \n");

        Captured captured = proc.Capture();

        Assert.That(captured.Document.Vmas, Is.Empty);
        Assert.That(captured.Document.LeftOut[(LeftOut)reason], Is.EqualTo(1));
    }

    [Test]
    public void Mappings_above_the_addresses_of_the_format()
    {
        proc.Process(7, "a", Heap, "800000000000-800000001000 rw-p 00000000 00:00 0 ");

        Captured captured = proc.Capture();

        Assert.That(captured.Lines("vmas"), Has.Length.EqualTo(1));
        Assert.That(captured.Document.LeftOut[LeftOut.HighMapping], Is.EqualTo(1));
    }

    [Test]
    public void Entries_that_are_no_swap_entries()
    {
        proc.Process(7, "a", Heap).Swap(7, 0x10000, 22, 1).Swap(7, 0x11000, 23, 1).Swap(7, 0x12000, 31, 1);

        Captured captured = proc.Capture();

        Assert.That(captured.Document.LeftOut[LeftOut.SpecialEntry], Is.EqualTo(2));
        Assert.That(captured.Document.Slots, Has.Count.EqualTo(1));
    }

    [Test]
    public void Frames_whose_number_is_hidden()
    {
        proc.Process(7, "a", Heap).Map(7, 0x10000, 0, 0, 0);

        Captured captured = proc.Capture();

        Assert.That(captured.Raw.HidesFrames, Is.True);
        Assert.That(captured.Document.LeftOut[LeftOut.Hidden], Is.EqualTo(2));
        Assert.That(captured.Document.PageCount, Is.Zero);
    }

    [Test]
    public void A_second_frame_for_the_same_page_of_a_file()
    {
        proc.Process(7, "a", Code).Process(8, "b", Code).Map(7, 0x20000, FakeProc.File, 55).Map(8, 0x20000, FakeProc.File, 56);

        Captured captured = proc.Capture();

        Assert.That(captured.Document.LeftOut[LeftOut.ChangedWhileRead], Is.EqualTo(1));
        Assert.That(captured.Lines("pages"), Is.EqualTo(new[] { """{"file":0,"index":1,"ptes":[{"vma":0}]}""" }));
    }

    [Test]
    public void Mappings_without_a_page_are_kept_and_their_page_table_is_not_read()
    {
        proc.Process(7, "a").Map(7, 0x10000, FakeProc.Anonymous, 900);
        File.WriteAllText(proc.PathOf(7, "smaps"), $"{Heap}\nRss:  0 kB\nSwap:  0 kB\nVmFlags: rd wr mr mw lo \n");

        Captured captured = proc.Capture();

        Assert.That(captured.Lines("vmas"), Is.EqualTo(new[]
        {
            """{"process":0,"start":"0x10000","pages":4,"anonVma":0,"pgoff":16,"flags":["read","write","locked"]}""",
        }));
        Assert.That(captured.Raw.Entries.Count, Is.Zero);
    }

    [Test]
    public void A_process_that_has_ended_is_named()
    {
        proc.Process(7, "a", Heap).Map(7, 0x10000, FakeProc.Anonymous, 900);

        Captured captured = proc.Capture(pids: [5, 7]);

        Assert.That(captured.Raw.Unread, Is.EqualTo(new[] { (5, "it has ended meanwhile") }));
        Assert.That(captured.Document.PageCount, Is.EqualTo(1));
    }

    [Test]
    public void A_process_that_may_not_be_read_is_named()
    {
        proc.Process(5, "a", Heap).Process(7, "b", Heap).Map(7, 0x10000, FakeProc.Anonymous, 900);
        // A folder in the place of a file is refused to everybody, even to root.
        File.Delete(proc.PathOf(5, "pagemap"));
        Directory.CreateDirectory(proc.PathOf(5, "pagemap"));

        Captured captured = proc.Capture();

        Assert.That(captured.Raw.Unread, Is.EqualTo(new[] { (5, "permission denied") }));
        Assert.That(captured.Lines("processes"), Has.Length.EqualTo(1));
        Assert.That(captured.Lines("pages"), Is.EqualTo(new[] { """{"anonVma":0,"index":16,"ptes":[{"vma":0,"dirty":true}]}""" }));
    }

    [Test]
    public void A_process_whose_page_table_ends_too_early_is_named_and_left_out_whole()
    {
        proc.Process(5, "a", Heap, Code).Map(5, 0x10000, FakeProc.Anonymous, 901).Process(7, "b", Heap).Map(7, 0x10000, FakeProc.Anonymous, 900);
        using (FileStream pagemap = File.OpenWrite(proc.PathOf(5, "pagemap")))
            pagemap.SetLength((0x21 * 8) + 3);

        Captured captured = proc.Capture();

        Assert.That(captured.Raw.Unread, Is.EqualTo(new[] { (5, "its page table ends too early") }));
        Assert.That(captured.Raw.Entries.Count, Is.EqualTo(1));
        Assert.That(captured.Lines("vmas"), Has.Length.EqualTo(1));
    }

    [TestCase("garbage")]
    [TestCase("00010000-00014000 rw-p 00000000 00:00")]
    [TestCase("00014000-00010000 rw-p 00000000 00:00 0 ")]
    [TestCase("00010001-00014000 rw-p 00000000 00:00 0 ")]
    [TestCase("00010000-00014000 rw")]
    public void A_process_whose_mappings_cannot_be_understood_is_named(string line)
    {
        proc.Process(5, "a", Heap, line).Process(7, "b", Heap);

        Captured captured = proc.Capture();

        Assert.That(captured.Raw.Unread, Is.EqualTo(new[] { (5, "its list of mappings cannot be understood") }));
        Assert.That(captured.Lines("vmas"), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_process_without_memory_of_its_own_is_no_process_of_the_capture()
    {
        proc.Process(2, "kthreadd").Process(7, "b", Heap);

        Captured captured = proc.Capture();

        Assert.That(captured.Raw.Unread, Is.Empty);
        Assert.That(captured.Lines("processes"), Has.Length.EqualTo(1));
        Assert.That(captured.Lines("vmas")[0], Does.Contain("\"process\":0"));
    }

    [Test]
    public void A_machine_without_the_files_is_refused_with_a_reason()
    {
        string? why = new ProcReader(proc.Root).WhyNot();

        Assert.That(why, Does.EndWith("kpageflags does not exist here; a kernel has it when built with CONFIG_PROC_PAGE_MONITOR"));
    }
}
