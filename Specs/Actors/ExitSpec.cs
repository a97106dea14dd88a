namespace MigrationConformance.Specs;

/// <summary>exit: as munmap, of all VMAs of the process in one go: all entries, then all VMAs, then the gathered pages; last it leaves the mmlist.</summary>
[TestFixture, KernelFunction("exit_mmap"), KernelFunction("mmput")]
public sealed class ExitSpec
{
    private static readonly KernelTask Exit = Tasks.OnProcess(TaskKind.Exit, new MmId(0));

    // Two VMAs of process 0, a page in each.
    private static readonly GivenPages Two = Given.AnonPage(index: 1).WithPte(vma: 0).And.FilePage(index: 1).WithPte(vma: 1).From()
        .WithVma(new() { Process = 0, Start = 0x10000000, Pages = 4, AnonVma = 0 }).WithVma(new() { Process = 0, Start = 0x20000000, Pages = 4, File = 0 });

    [Test]
    public void Detaches_every_VMA_of_the_process() =>
        Acting.Of(Two, Exit).Changes("process 0: mmap_sem 0 -> 2", "vma 0: in_use 1 -> 2", "vma 1: in_use 1 -> 2").StandsBefore("ZapEntry");

    [Test]
    public void No_VMA_leaves_the_reverse_mapping_before_the_last_entry_of_the_process_is_gone()
    {
        Acting acting = Acting.Before("Unlink", Two, Exit);

        Assert.That(PageTables.Entries(acting.Machine, new MmId(0)), Is.Empty);
        Assert.That((acting.Machine.AnonVmas[0].Head, acting.Machine.Mappings[1].Immap), Is.EqualTo((0, 1)));
    }

    [Test]
    public void The_gathered_pages_go_after_the_last_VMA_one_a_step()
    {
        Acting acting = Acting.Before("ZapEntry", Two, Exit);
        acting.GoesTo("Flush").GoesTo("ZapEntry");

        Assert.That((acting.Machine.Pages[0].Count, acting.Machine.Pages[1].Count), Is.EqualTo((0, 1)));
        acting.GoesTo("Unlink").GoesTo("LeaveMmlist");
        Assert.That((acting.Machine.AnonVmas[0].Head, acting.Machine.Mappings[1].Immap), Is.EqualTo((-1, -1)));
    }

    [Test]
    public void A_process_with_swap_entries_leaves_the_mmlist_and_the_others_stay()
    {
        Acting acting = Acting.Of(Given.AnonPage(index: 7).InSwapCache(3).SwappedOutBy(3).From().WithSwap(new() { Slots = 8 }), Tasks.OnProcess(TaskKind.Exit, new MmId(1)));
        int[] before = Mmlist(acting.Machine);

        acting.GoesTo("LeaveMmlist").GoesTo("Finished");

        Assert.That(before, Is.EquivalentTo(new[] { 0, 1, 2 }));
        Assert.That(Mmlist(acting.Machine), Is.EqualTo(before.Where(mm => mm != 1)));
        Assert.That((acting.Machine.Mms[1].MmlistNext, acting.Machine.Mms[1].MmapSem), Is.EqualTo((Mm.NotOnMmlist, 0)));
    }

    [Test]
    public void Leaving_the_mmlist_waits_for_its_lock()
    {
        Acting.Before("LeaveMmlist", Given.AnonPage(index: 7).InSwapCache(3).SwappedOutBy(1).From().WithSwap(new() { Slots = 8 }).OthersLock(ScenarioLockKind.Mmlist), Exit).Waits(WaitKind.MmlistLock, 0);
    }

    [Test]
    public void A_process_that_is_not_on_the_mmlist_does_not_ask_for_its_lock() =>
        Acting.Before("LeaveMmlist", Two.OthersLock(ScenarioLockKind.Mmlist), Exit).Changes("process 0: mmap_sem 2 -> 0").IsOver();

    [Test, KernelFunction("lru_add_drain")]
    public void A_process_without_VMAs_drains_the_pagevecs_all_the_same()
    {
        Acting.Of(Given.FilePage(index: 7).On(PagePlace.LruAdd).From().WithProcess(new()), Exit)
            .Changes("process 0: mmap_sem 0 -> 2", "cpu 0: lru_add 0 -> empty", "page 0: count 2 -> 1", "page 0: +PG_lru", "zone 0: inactive_list empty -> 0", "zone 0: nr_inactive 0 -> 1")
            .StandsBefore("LeaveMmlist");
    }

    private static int[] Mmlist(Machine m)
    {
        var list = new List<int>();
        for (int mm = m.Globals.MmlistHead; mm >= 0; mm = m.Mms[mm].MmlistNext)
            list.Add(mm);
        return [.. list];
    }
}
