namespace MigrationConformance.Specs;

/// <summary>An access to anonymous memory that nobody touched yet: a write gets a page of zeroes, a read the zero page, which is counted nowhere.</summary>
[TestFixture, KernelFunction("do_anonymous_page"), KernelFunction("handle_pte_fault")]
public sealed class AnonymousFaultSpec
{
    private const ulong Address = 0x10007000;

    private static readonly MmId Process = new(0);
    private static readonly KernelTask Write = Tasks.Access(TaskKind.Fault, Process, Address, write: true);

    // Page 1 is free, with something in it.
    private static readonly GivenPages Untouched = Given.NoPage.And.FilePage().On(PagePlace.Lru).And.Page(new() { List = PagePlace.Free, Contents = 99 }).From()
        .WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, AnonVma = 0 });

    [Test]
    public void The_entry_is_read_without_the_page_table_lock() =>
        Acting.Of(Untouched.OthersLock(ScenarioLockKind.PageTable), Write).Changes("mmap_sem read").StandsBefore("AnonInstall");

    [Test, KernelFunction("lru_cache_add_active"), KernelFunction("page_add_anon_rmap")]
    public void A_write_maps_a_zeroed_page_writable_and_dirty_and_queues_it_for_the_active_list()
    {
        Acting.Before("AnonInstall", Untouched, Write)
            .Changes("process 0: 10007000 none -> page 1 young dirty write", "page 1: count 0 -> 2", "page 1: mapcount 0 -> 1", "page 1: contents 99 -> 0",
                "page 1: mapping NULL -> anon_vma 0", "page 1: index 0 -> 7", "process 0: anon_rss 0 -> 1", "global: nr_mapped 0 -> 1", "cpu 0: lru_add_active empty -> 1",
                "mmap_sem given back")
            .StandsBefore("Store")
            .Changes($"page 1: contents 0 -> {Write.Cursor}").IsOver();
    }

    [Test]
    public void Installing_waits_for_the_page_table_lock() => Acting.Before("AnonInstall", Untouched.OthersLock(ScenarioLockKind.PageTable), Write).Waits(WaitKind.PageTableLock, 0);

    [Test]
    public void An_entry_that_somebody_else_filled_meanwhile_stays()
    {
        Acting.Before("AnonInstall", Untouched, Write).Meanwhile(m => PageTables.Set(m, Process, Address, Pte.Swap(new SwpEntry(1))))
            .Changes("mmap_sem given back").StandsBefore("HandlePteFault");
    }

    [Test, KernelFunction("anon_vma_prepare")]
    public void Without_memory_nothing_is_mapped()
    {
        Acting.Before("AnonInstall", Untouched.Scenario with { Pages = [Untouched.Scenario.Pages[0]] }, Write).Changes("mmap_sem given back").IsOver();
    }

    [Test]
    public void A_read_leaves_the_machine_as_it_is() => Acting.Of(Untouched, Tasks.Access(TaskKind.Fault, Process, Address)).ChangesNothing().IsOver();

    [Test]
    public void Where_there_is_no_VMA_an_access_is_a_signal() =>
        Acting.Of(Untouched, Tasks.Access(TaskKind.Fault, Process, 0x10008000, write: true)).ChangesNothing().IsOver();
}
