namespace MigrationConformance.Specs;

/// <summary>The small functions of mm/rmap.c: addresses, page_check_address(), adding and removing mappings, page_referenced().</summary>
[TestFixture]
public sealed class RmapSpec
{
    private const ulong Start = 0x10000000;

    [TestCase(9UL, false)]
    [TestCase(10UL, true)]
    [TestCase(19UL, true)]
    [TestCase(20UL, false)]
    [KernelFunction("vma_address")]
    public void A_VMA_has_an_address_for_the_offsets_it_covers_only(ulong index, bool covered)
    {
        var vma = new VmArea { Start = Start, End = Start + 10 * Machine.PageSize, Pgoff = new Pgoff(10) };

        Assert.That(Rmap.VmaAddress(vma, new Pgoff(index), out ulong address), Is.EqualTo(covered));
        if (covered)
            Assert.That(address, Is.EqualTo(Start + (index - 10) * Machine.PageSize));
    }

    [Test, KernelFunction("page_check_address")]
    public void Only_a_present_entry_of_this_page_is_found()
    {
        Machine m = Build(new() { Pages = [new() { File = 0, MappedBy = 1 }, new() { AnonVma = 0, SwapCache = 1, SwappedBy = 1 }] });

        Assert.That(Rmap.PageCheckAddress(m, new Pfn(0), new MmId(0), Start), Is.GreaterThanOrEqualTo(0));
        Assert.That(Rmap.PageCheckAddress(m, new Pfn(1), new MmId(0), Start), Is.EqualTo(-1), "another page's entry");
        Assert.That(Rmap.PageCheckAddress(m, new Pfn(1), new MmId(0), 2 * Start), Is.EqualTo(-1), "a swap entry");
        Assert.That(Rmap.PageCheckAddress(m, new Pfn(0), new MmId(0), Start + 500 * Machine.PageSize), Is.EqualTo(-1), "no page table");
    }

    [Test, KernelFunction("page_add_anon_rmap")]
    public void The_first_anonymous_mapping_sets_mapping_and_index_and_is_counted()
    {
        Machine m = Build(new() { Pages = [new() { AnonVma = 0, Index = 4, MappedBy = 1 }, new() { List = PagePlace.Isolated }] });
        var before = new Machine(m);

        Rmap.PageAddAnonRmap(m, new Pfn(1), m.Vmas[0], Start + 3 * Machine.PageSize);

        Changes.AssertExactly(before, m, "page 1: mapcount 0 -> 1", "page 1: mapping NULL -> anon_vma 0", "page 1: index 0 -> 3", "global: nr_mapped 1 -> 2");
    }

    [Test, KernelFunction("page_add_anon_rmap")]
    public void Another_anonymous_mapping_only_counts()
    {
        Machine m = Build(Given.AnonPage(index: 4).MappedBy(1));
        var before = new Machine(m);

        Rmap.PageAddAnonRmap(m, new Pfn(0), m.Vmas[0], Start);

        Changes.AssertExactly(before, m, "page 0: mapcount 1 -> 2");
    }

    [Test, KernelFunction("page_add_anon_rmap")]
    public void A_VMA_without_anon_vma_is_a_BUG()
    {
        Machine m = Build(new() { Pages = [new() { File = 0, MappedBy = 1 }, new() { List = PagePlace.Isolated }] });

        Bugs.AssertHit(BugCheck.PageAddAnonRmapNoAnonVma, () => Rmap.PageAddAnonRmap(m, new Pfn(1), m.Vmas[0], Start));
    }

    [TestCase(0, 1)]
    [TestCase(1, 1)]
    [KernelFunction("page_add_file_rmap")]
    public void A_file_mapping_is_counted_and_the_first_one_in_nr_mapped(int mappedBy, int nrMapped)
    {
        Machine m = Build(Given.FilePage().MappedBy(mappedBy));

        Rmap.PageAddFileRmap(m, new Pfn(0));

        Assert.That((m.Pages[0].Mapcount, m.Globals.NrMapped), Is.EqualTo((mappedBy + 1, nrMapped)));
    }

    [Test, KernelFunction("page_add_file_rmap")]
    public void A_file_mapping_of_an_anonymous_page_is_a_BUG()
    {
        Machine m = Build(Given.AnonPage().MappedBy(1));

        Bugs.AssertHit(BugCheck.PageAddFileRmapAnonPage, () => Rmap.PageAddFileRmap(m, new Pfn(0)));
    }

    [Test, KernelFunction("page_dup_rmap")]
    public void Fork_only_counts_the_mapping()
    {
        Machine m = Build(Given.AnonPage().MappedBy(1));
        var before = new Machine(m);

        Rmap.PageDupRmap(m, new Pfn(0));

        Changes.AssertExactly(before, m, "page 0: mapcount 1 -> 2");
    }

    [TestCase(1, "global: nr_mapped 1 -> 0")]
    [TestCase(2, null)]
    [KernelFunction("page_remove_rmap")]
    public void Removing_a_mapping_leaves_mapping_and_index_alone(int mappedBy, string? last)
    {
        Machine m = Build(Given.AnonPage(index: 4).MappedBy(mappedBy));
        var before = new Machine(m);

        Rmap.PageRemoveRmap(m, new Pfn(0));

        string[] changes = [$"page 0: mapcount {mappedBy} -> {mappedBy - 1}", .. last is null ? Array.Empty<string>() : [last]];
        Changes.AssertExactly(before, m, changes);
    }

    [Test, KernelFunction("page_remove_rmap")]
    public void Removing_a_mapping_that_is_not_there_is_a_BUG()
    {
        Machine m = Build(Given.FilePage());

        Bugs.AssertHit(BugCheck.PageRemoveRmapNegative, () => Rmap.PageRemoveRmap(m, new Pfn(0)));
    }

    [Test, KernelFunction("page_referenced")]
    public void An_unmapped_page_counts_and_loses_PG_referenced_only()
    {
        Machine m = Build(Given.FilePage().Referenced());
        var before = new Machine(m);

        Assert.That(PageReferenced.Count(m, new Pfn(0), isLocked: true), Is.EqualTo(1));
        Changes.AssertExactly(before, m, "page 0: -PG_referenced");
        Assert.That(PageReferenced.Count(m, new Pfn(0), isLocked: true), Is.EqualTo(0));
    }

    [TestCase(true)]
    [TestCase(false)]
    [KernelFunction("page_referenced")]
    public void Each_young_entry_counts_one_and_becomes_old(bool anonymous)
    {
        ScenarioPage page = new() { Ptes = [new() { Young = true }, new(), new() { Young = true }], Flags = PageFlags.Uptodate | PageFlags.Referenced };
        Machine m = Build(new() { Pages = [anonymous ? page with { AnonVma = 0 } : page with { File = 0 }] });
        var before = new Machine(m);

        Assert.That(PageReferenced.Count(m, new Pfn(0), isLocked: true), Is.EqualTo(3));
        Changes.AssertExactly(before, m, "page 0: -PG_referenced", "process 0: 10000000 page 0 young -> page 0", "process 2: 10000000 page 0 young -> page 0");
    }

    [Test, KernelFunction("page_referenced")]
    public void A_file_page_whose_lock_somebody_has_counts_one_without_a_look()
    {
        Machine m = Build(Given.FilePage().LockedUntil(Until.Never).WithPte(young: true).WithPte(young: true));
        var before = new Machine(m);

        Assert.That(PageReferenced.Count(m, new Pfn(0), isLocked: false), Is.EqualTo(1));
        Changes.AssertExactly(before, m);
    }

    [Test, KernelFunction("page_referenced")]
    public void A_file_page_whose_lock_is_free_is_locked_for_the_walk_only()
    {
        Machine m = Build(Given.FilePage().WithPte(young: true).WithPte(young: true));

        Assert.That(PageReferenced.Count(m, new Pfn(0), isLocked: false), Is.EqualTo(2));
        Assert.That(m.Pages[0].Has(PageFlags.Locked), Is.False);
    }

    [TestCase(VmFlags.Locked | VmFlags.MayShare, 1, true)]
    [TestCase(VmFlags.Locked, 2, false)]
    [TestCase(VmFlags.MayShare, 2, false)]
    [KernelFunction("page_referenced")]
    public void A_shared_VMA_that_is_locked_counts_one_and_ends_the_walk(VmFlags flags, int count, bool young)
    {
        Machine m = Build(new()
        {
            Vmas = [new() { Process = 0, Start = Start, Pages = 1, File = 0, Flags = VmFlags.Read | flags }, new() { Process = 1, Start = Start, Pages = 1, File = 0 }],
            Pages = [new() { File = 0, Ptes = [new() { Young = true }, new() { Young = true }] }],
        });

        Assert.That(PageReferenced.Count(m, new Pfn(0), isLocked: true), Is.EqualTo(count));
        Assert.That(PageTables.Get(m, new MmId(1), Start).IsYoung, Is.EqualTo(young));
    }

    [Test, KernelFunction("page_referenced")]
    public void Nonlinear_VMAs_are_not_looked_at()
    {
        Machine m = Build(new()
        {
            Vmas = [new() { Process = 0, Start = Start, Pages = 1, File = 0, Flags = VmFlags.Read | VmFlags.Nonlinear }],
            Pages = [new() { File = 0, Ptes = [new() { Vma = 0, Address = Start, Young = true }] }],
        });

        Assert.That(PageReferenced.Count(m, new Pfn(0), isLocked: true), Is.EqualTo(0));
    }

    private static Machine Build(Scenario scenario) => ScenarioBuilder.Build(scenario).Machine;
}
