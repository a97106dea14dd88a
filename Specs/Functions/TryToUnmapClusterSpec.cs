namespace MigrationConformance.Specs;

/// <summary>The sweep of try_to_unmap_file() through non-linear VMAs, and try_to_unmap_cluster(), 32 pages at a time.</summary>
[TestFixture, KernelFunction("try_to_unmap_cluster"), KernelFunction("try_to_unmap_file"), PatchLines(PatchLinesAttribute.Rmap, 732, 746)]
public sealed class TryToUnmapClusterSpec
{
    // A multiple of the cluster size, so that windows are clipped only where a spec says so.
    private const ulong Start = 0x10000000, PageSize = Machine.PageSize;

    [Test]
    public void An_old_entry_at_its_linear_place_goes_and_the_place_is_none() =>
        Unmapping.Of(Nonlinear(At(3, index: 3)), ignoreRefs: true)
            .Answers(SwapResult.Success, "process 0: 10003000 page 0 -> none", "page 0: mapcount 1 -> 0", "page 0: count 3 -> 2",
                "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1", "global: nr_mapped 1 -> 0", "vma 0: cursor 0 -> 131072");

    [Test]
    public void An_old_entry_at_another_place_leaves_a_file_entry_that_remembers_the_offset() =>
        Unmapping.Of(Nonlinear(At(3, index: 5)), ignoreRefs: true)
            .Answers(SwapResult.Success, "process 0: 10003000 page 0 -> file offset 5", "page 0: mapcount 1 -> 0", "page 0: count 3 -> 2",
                "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1", "global: nr_mapped 1 -> 0", "vma 0: cursor 0 -> 131072");

    [TestCase(false)]
    [TestCase(true)]
    public void A_young_entry_becomes_old_and_stays_even_when_references_are_ignored(bool ignoreRefs)
    {
        Unmapping call = Unmapping.Of(Nonlinear(At(3, index: 3, young: true)), ignoreRefs);

        Assert.That((call.Result(), call.Page.Mapcount), Is.EqualTo((SwapResult.Again, 1)));
        Assert.That((call.Entry(0, Start + 3 * PageSize).IsPresent, call.Entry(0, Start + 3 * PageSize).IsYoung), Is.EqualTo((true, false)));
        Assert.That(call.Result(), Is.EqualTo(SwapResult.Success), "the second call finds it old");
    }

    [Test]
    public void A_dirty_entry_makes_its_page_dirty()
    {
        Unmapping call = Unmapping.Of(Nonlinear(At(3, index: 3) with { Ptes = [new() { Vma = 0, Address = Start + 3 * PageSize, Dirty = true }] }), ignoreRefs: true);

        Assert.That((call.Result(), call.Page.Has(PageFlags.Dirty)), Is.EqualTo((SwapResult.Success, true)));
    }

    [Test]
    public void Other_pages_of_the_window_lose_their_entries_as_well()
    {
        Unmapping call = Unmapping.Of(Nonlinear(At(9, index: 9), At(2, index: 2) with { List = PagePlace.Lru }), ignoreRefs: true);

        Assert.That(call.Result(), Is.EqualTo(SwapResult.Success));
        Assert.That((call.Machine.Pages[1].Mapcount, call.Machine.Pages[1].Count), Is.EqualTo((0, 1)));
        Assert.That(call.Machine.Mms[0].FileRss, Is.EqualTo(0));
    }

    [Test]
    public void Entries_of_other_pages_can_end_the_sweep_before_the_page_is_found()
    {
        // One mapping to remove; the entry of page 1 in the first window is counted for it.
        Unmapping call = Unmapping.Of(Nonlinear(At(40, index: 40), At(2, index: 2) with { List = PagePlace.Lru }), ignoreRefs: true);

        Assert.That((call.Result(), call.Page.Mapcount), Is.EqualTo((SwapResult.Again, 1)));
        Assert.That(call.Machine.Vmas[0].Cursor, Is.EqualTo(32 * PageSize), "the next call goes on behind the first window");
        Assert.That((call.Result(), call.Page.Mapcount), Is.EqualTo((SwapResult.Success, 0)));
    }

    [TestCase(31UL, 1)]
    [TestCase(32UL, 2)]
    [TestCase(63UL, 2)]
    [TestCase(64UL, 3)]
    public void Windows_are_swept_until_the_page_is_found(ulong place, int windows)
    {
        Unmapping call = Unmapping.Of(Nonlinear(At(place, index: place)), ignoreRefs: true);

        Assert.That(call.Result(), Is.EqualTo(SwapResult.Success));
        Assert.That(call.Machine.Vmas[0].Cursor, Is.EqualTo((ulong)windows * 32 * PageSize));
    }

    // vma 0 is one window long, vma 1 has the page in its third: both cursors go up together, so that the next call goes on evenly.
    [Test]
    public void The_cursor_of_a_short_VMA_keeps_up_with_the_others()
    {
        Unmapping call = Unmapping.Of(new()
        {
            Vmas =
            [
                new() { Process = 0, Start = Start, Pages = 32, File = 0, Flags = VmFlags.Read | VmFlags.Nonlinear },
                new() { Process = 1, Start = Start, Pages = 96, File = 0, Flags = VmFlags.Read | VmFlags.Nonlinear },
            ],
            Pages = [new() { File = 0, Ptes = [new() { Vma = 1, Address = Start + 64 * PageSize }] }],
        }, ignoreRefs: true);

        Assert.That(call.Result(), Is.EqualTo(SwapResult.Success));
        Assert.That((call.Machine.Vmas[0].Cursor, call.Machine.Vmas[1].Cursor), Is.EqualTo((96 * PageSize, 96 * PageSize)));
    }

    [Test]
    public void A_sweep_that_comes_to_its_end_resets_every_cursor()
    {
        Unmapping call = Unmapping.Of(Nonlinear(At(3, index: 3)), ignoreRefs: true).But(m => m.Pages[0].Mapcount = 9);

        Assert.That(call.Result(), Is.EqualTo(SwapResult.Again));
        Assert.That(call.Machine.Vmas[0].Cursor, Is.EqualTo(0));
    }

    [Test]
    public void Only_locked_VMAs_make_it_fail()
    {
        Scenario scenario = Nonlinear(At(3, index: 3));
        ScenarioVma locked = scenario.Vmas![0] with { Flags = VmFlags.Read | VmFlags.Nonlinear | VmFlags.Locked };

        Unmapping.Of(scenario with { Vmas = [locked] }, ignoreRefs: true).Answers(SwapResult.Fail);
    }

    [Test]
    public void A_locked_VMA_beside_another_is_not_swept()
    {
        Unmapping call = Unmapping.Of(new()
        {
            Vmas =
            [
                new() { Process = 0, Start = Start, Pages = 32, File = 0, Flags = VmFlags.Read | VmFlags.Nonlinear | VmFlags.Locked },
                new() { Process = 1, Start = Start, Pages = 32, File = 0, Flags = VmFlags.Read | VmFlags.Nonlinear },
            ],
            Pages = [new() { File = 0, Ptes = [new() { Vma = 0, Address = Start }, new() { Vma = 1, Address = Start }] }],
        }, ignoreRefs: true);

        Assert.That((call.Result(), call.Page.Mapcount), Is.EqualTo((SwapResult.Again, 1)));
        Assert.That((call.Entry(0, Start).IsPresent, call.Entry(1, Start).IsNone), Is.EqualTo((true, true)));
    }

    [Test]
    public void The_window_is_clipped_to_the_VMA()
    {
        // The VMA begins inside a window; a neighbour VMA below it is left alone.
        const ulong Inside = Start + 5 * PageSize;
        Unmapping call = Unmapping.Of(new()
        {
            Vmas =
            [
                new() { Process = 0, Start = Start, Pages = 5, File = 1 },
                new() { Process = 0, Start = Inside, Pages = 40, File = 0, Flags = VmFlags.Read | VmFlags.Nonlinear },
            ],
            Pages = [new() { File = 0, Ptes = [new() { Vma = 1, Address = Inside }] }, new() { File = 1, Ptes = [new() { Vma = 0 }], List = PagePlace.Lru }],
            From = [0],
        }, ignoreRefs: true);

        Assert.That((call.Result(), call.Machine.Pages[1].Mapcount), Is.EqualTo((SwapResult.Success, 1)));
    }

    [Test]
    public void An_anonymous_page_in_the_window_is_a_BUG() =>
        Unmapping.Of(Nonlinear(At(3, index: 3)), ignoreRefs: true)
            .But(m =>
            {
                m.AddFrames(1);
                m.Pages[m.Pages.Count - 1].Mapping = MappingPtr.Anon(new AnonVmaId(0));
                PageTables.Set(m, new MmId(0), Start, Pte.Present(new Pfn(m.Pages.Count - 1), false, false, false));
            })
            .HitsBug(BugCheck.TryToUnmapClusterAnonPage);

    [Test]
    public void The_linear_VMAs_come_first_and_may_be_enough()
    {
        Unmapping call = Unmapping.Of(new()
        {
            Vmas =
            [
                new() { Process = 0, Start = Start, Pages = 32, File = 0, Flags = VmFlags.Read | VmFlags.Nonlinear },
                new() { Process = 1, Start = Start, Pages = 32, File = 0 },
            ],
            Pages = [new() { File = 0, Ptes = [new() { Vma = 1 }] }],
        }, ignoreRefs: true);

        Assert.That((call.Result(), call.Machine.Vmas[0].Cursor), Is.EqualTo((SwapResult.Success, 0UL)));
    }

    private static ScenarioPage At(ulong place, ulong index, bool young = false) =>
        new() { File = 0, Index = index, Ptes = [new() { Vma = 0, Address = Start + place * PageSize, Young = young }] };

    private static Scenario Nonlinear(params ScenarioPage[] pages) => new()
    {
        Vmas = [new() { Process = 0, Start = Start, Pages = 96, File = 0, Flags = VmFlags.Read | VmFlags.Nonlinear }],
        Pages = [.. pages],
        From = [0],
    };
}
