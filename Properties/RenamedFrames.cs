using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Frame numbers are names: a machine whose frames are numbered otherwise makes the same migration, with the numbers exchanged.</summary>
[TestFixture]
public sealed class RenamedFrames
{
    // One node holds all frames then, so that the harness's own index of holds by frame has the same shape.
    private static readonly Gen<(Scenario Scenario, int[] Order)> Renamings = Gen.Select(
        MachineGen.Machine.Select(draw => Drawn.Scenario(draw with { FanOut = 64 })), Gen.Shuffle(Enumerable.Range(0, 64).ToArray()),
        (scenario, order) => (scenario, order));

    [Test]
    public void The_result_has_the_numbers_exchanged() =>
        Renamings.Sample(both =>
        {
            (Scenario scenario, int[] order) = both;
            ScenarioMachine run = ScenarioBuilder.Build(scenario);
            int[] names = [.. order.Where(frame => frame < run.Machine.Pages.Count)];
            Machine renamed = Rename(run.Machine, names);
            if (MigratePages.Run(run.Machine, run.Migration) != MigratePages.Run(renamed, run.Migration))
                return false;
            return Rename(run.Machine, names).Equals(renamed);
        }, iter: Knobs.Iterations(1_500), threads: 1, print: both => ScenarioWriter.ToText(both.Scenario));

    [Test]
    public void Renaming_back_gives_the_machine() =>
        Renamings.Sample(both =>
        {
            (Scenario scenario, int[] order) = both;
            Machine m = ScenarioBuilder.Build(scenario).Machine;
            int[] names = [.. order.Where(frame => frame < m.Pages.Count)];
            int[] back = new int[names.Length];
            for (int frame = 0; frame < names.Length; frame++)
                back[names[frame]] = frame;
            Machine renamed = Rename(m, names);
            return Rename(renamed, back).Equals(m) && renamed.Equals(m) == names.SequenceEqual(back.Order());
        }, iter: Knobs.Iterations(300), threads: 1, print: both => ScenarioWriter.ToText(both.Scenario));

    /// <summary>The same machine with frame i called names[i].</summary>
    private static Machine Rename(Machine old, int[] names)
    {
        var m = new Machine(old);
        Pfn Name(Pfn page) => page.IsNone ? page : new Pfn(names[page.Value]);
        int Link(int link) => link >= 0 ? names[link] : link;
        for (int frame = 0; frame < names.Length; frame++)
            m.Pages[names[frame]] = old.Pages[frame] with { Next = Link(old.Pages[frame].Next), Prev = Link(old.Pages[frame].Prev) };
        foreach (ref ListHead list in m.Lists.Rows)
            (list.Next, list.Prev) = (Link(list.Next), Link(list.Prev));
        foreach (ref CpuPagevecs pagevecs in m.Pagevecs.Rows)
        {
            foreach (ref int page in pagevecs.LruAdd.Pages[..pagevecs.LruAdd.Nr])
                page = names[page];
            foreach (ref int page in pagevecs.LruAddActive.Pages[..pagevecs.LruAddActive.Nr])
                page = names[page];
        }
        foreach (ref AddressSpace space in m.Mappings.Rows)
            RenameItems(m, space.PageTree.Rnode, space.PageTree.Height, names);
        foreach (ref Pte pte in m.Ptes.Rows)
            pte = pte.IsPresent ? Pte.Present(Name(pte.Page), pte.IsWrite, pte.IsDirty, pte.IsYoung) : pte;
        foreach (ref BufferHead buffer in m.Buffers.Rows)
            buffer.Page = buffer.InUse != 0 ? Name(buffer.Page) : buffer.Page;
        foreach (ref Hold hold in m.Holds.Rows)
            hold.Page = hold.Kind != HoldKind.None ? Name(hold.Page) : hold.Page;
        RenameKeys(m, old, names);
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            (t.Page, t.Page2, t.Newpage) = (Name(t.Page), Name(t.Page2), Name(t.Newpage));
            if (t.WaitsFor is WaitKind.PageLock or WaitKind.Writeback)
                t.WaitsForNumber = names[t.WaitsForNumber];
        }
        m.Bug.Page = Name(m.Bug.Page);
        return m;
    }

    private static void RenameItems(Machine m, int rnode, int height, int[] names)
    {
        for (int slot = 0; slot < m.FanOut && rnode != 0; slot++)
        {
            ref int item = ref m.Slots[((rnode - 1) * m.FanOut) + slot];
            if (item != 0 && height > 1)
                RenameItems(m, item, height - 1, names);
            else if (item != 0)
                item = names[item - 1] + 1;
        }
    }

    // The index of holds has the frame as its key.
    private static void RenameKeys(Machine m, Machine old, int[] names)
    {
        int first = (m.Globals.HoldsOfPage.Rnode - 1) * m.FanOut;
        for (int frame = 0; frame < names.Length && first >= 0; frame++)
            m.Slots[first + names[frame]] = old.Slots[first + frame];
    }
}
