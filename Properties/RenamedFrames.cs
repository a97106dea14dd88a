using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Frame numbers are names: a machine whose frames are numbered otherwise makes the same migration, with the numbers exchanged.</summary>
[TestFixture]
public sealed class RenamedFrames
{
    // One node holds all frames then, so that the harness's own index of holds by frame has the same shape.
    private static readonly Gen<Scenario> Scenarios = MachineGen.Machine.Select(draw => Drawn.Scenario(draw with { FanOut = 64 }));

    [Test]
    public void The_result_has_the_numbers_exchanged() =>
        Property.Holds(Scenarios, 1_500, "frame numbers are names", scenario =>
        {
            ScenarioMachine start = ScenarioBuilder.Build(scenario), run = ScenarioBuilder.Build(scenario);
            StepResult end = MigratePages.Run(run.Machine, run.Migration);
            return Orders(run.Machine.Pages.Count).All(names =>
            {
                Machine renamed = Rename(start.Machine, names);
                return MigratePages.Run(renamed, run.Migration) == end && Rename(run.Machine, names).Equals(renamed);
            });
        });

    [Test]
    public void Renaming_back_gives_the_machine() =>
        Property.Holds(Scenarios, 300, "renaming back gives the machine", scenario =>
        {
            Machine m = ScenarioBuilder.Build(scenario).Machine;
            return Orders(m.Pages.Count).All(names =>
            {
                int[] back = new int[names.Length];
                for (int frame = 0; frame < names.Length; frame++)
                    back[names[frame]] = frame;
                Machine renamed = Rename(m, names);
                return Rename(renamed, back).Equals(m) && renamed.Equals(m) == names.SequenceEqual(back.Order());
            });
        });

    // The other way round; each one further; the even ones before the odd ones.
    private static IEnumerable<int[]> Orders(int frames)
    {
        yield return [.. Enumerable.Range(0, frames).Reverse()];
        yield return [.. Enumerable.Range(0, frames).Select(frame => (frame + 1) % frames)];
        yield return [.. Enumerable.Range(0, frames).OrderBy(frame => frame % 2)];
    }


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
