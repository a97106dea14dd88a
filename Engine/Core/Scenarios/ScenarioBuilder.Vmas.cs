namespace MigrationConformance.Core;

// VMAs: the ones that are given, or the ones that the pages need.
public sealed partial class ScenarioBuilder
{
    private const ulong AutomaticSpacing = 0x10000000;

    // The last VMA of each list of VMAs, −1 for an empty list; Machine.AddVma would walk each list for each VMA.
    private int[] immapTails = [], nonlinearTails = [], anonVmaTails = [];

    private void AddVmas()
    {
        immapTails = Tails(files);
        nonlinearTails = Tails(files);
        anonVmaTails = Tails(anonVmas);
        if (s.Vmas is not { } vmas)
        {
            MakeVmas();
            return;
        }
        m.Vmas = new Table<VmArea>(vmas.Count);
        ReadOnlySpan<ScenarioVma> given = vmas.AsSpan();
        for (int number = 0; number < given.Length; number++)
            AddVma(number, given[number]);
        if (!s.Illegal)
            CheckOverlaps();
    }

    private static int[] Tails(int lists)
    {
        var tails = new int[lists];
        Array.Fill(tails, -1);
        return tails;
    }

    private void AddVma(int number, ScenarioVma vma)
    {
        CheckOwners(number, vma);
        CheckExtent(number, vma);
        CheckKind(number, vma);
        Link(new VmArea
        {
            Start = vma.Start,
            End = vma.Start + (vma.Pages << Machine.PageShift),
            Pgoff = new Pgoff(vma.Pgoff),
            Cursor = vma.Cursor,
            Mm = new MmId(vma.Process),
            File = vma.File is { } file ? ScenarioMachine.MappingOf(file) : MappingId.None,
            AnonVma = new AnonVmaId(vma.AnonVma ?? -1),
            Flags = vma.Flags,
        });
    }

    private void Link(VmArea vma)
    {
        vma.InUse = 1;
        vma.SharedNext = -1;
        vma.AnonNext = -1;
        int number = m.Vmas.Add(vma);
        if (!vma.File.IsNone)
        {
            bool nonlinear = vma.Has(VmFlags.Nonlinear);
            ref int tail = ref (nonlinear ? nonlinearTails : immapTails)[vma.File.Value - 1];
            ref AddressSpace mapping = ref m.Mappings[vma.File.Value];
            if (tail >= 0)
                m.Vmas[tail].SharedNext = number;
            else if (nonlinear)
                mapping.ImmapNonlinear = number;
            else
                mapping.Immap = number;
            tail = number;
        }
        if (!vma.AnonVma.IsNone)
        {
            ref int tail = ref anonVmaTails[vma.AnonVma.Value];
            if (tail >= 0)
                m.Vmas[tail].AnonNext = number;
            else
                m.AnonVmas[vma.AnonVma.Value].Head = number;
            tail = number;
        }
    }

    private void CheckOwners(int number, ScenarioVma vma)
    {
        if (vma.Process < 0 || vma.Process >= processes)
            throw Dangling($"$.vmas[{number}].process", vma.Process, "processes", processes);
        if (vma.File is { } file && (file < 0 || file >= files))
            throw Dangling($"$.vmas[{number}].file", file, "files", files);
        if (vma.AnonVma is < 0)
            throw Wrong($"$.vmas[{number}].anonVma", $"{vma.AnonVma}", "0 or more");
        if (vma.File is null && vma.AnonVma is null)
            throw Wrong($"$.vmas[{number}]", "neither \"file\" nor \"anonVma\"", "at least one of them");
    }

    private static void CheckExtent(int number, ScenarioVma vma)
    {
        if (vma.Start >= ScenarioLimits.AddressEnd || vma.Start % Machine.PageSize != 0)
            throw Wrong($"$.vmas[{number}].start", $"0x{vma.Start:x}", "a multiple of 4096 below 2^47");
        if (vma.Pages < 1 || vma.Pages > (ScenarioLimits.AddressEnd - vma.Start) >> Machine.PageShift)
            throw Wrong($"$.vmas[{number}].pages", $"{vma.Pages}", "at least 1 page, and the end at most at 2^47");
        if (vma.Pgoff > ulong.MaxValue - vma.Pages)
            throw Wrong($"$.vmas[{number}].pgoff", $"{vma.Pgoff}", "an offset such that the last page has one below 2^64");
        if (vma.Cursor > ScenarioLimits.AddressEnd)
            throw Wrong($"$.vmas[{number}].cursor", $"{vma.Cursor}", "at most 2^47");
    }

    private void CheckKind(int number, ScenarioVma vma)
    {
        if (s.Illegal)
            return;
        bool nonlinear = (vma.Flags & VmFlags.Nonlinear) != 0;
        if (nonlinear && vma.File is null)
            throw Contradiction($"$.vmas[{number}].flags", "\"nonlinear\" for anonymous memory", "a VMA with \"file\"");
        if (!nonlinear && vma.Cursor != 0)
            throw Contradiction($"$.vmas[{number}].cursor", $"{vma.Cursor} for a linear VMA", "the flag \"nonlinear\"");
    }

    private void CheckOverlaps()
    {
        int count = m.Vmas.Count;
        if (count < 2)
            return;
        int[] order = new int[count];
        var keys = new (int Process, ulong Start)[count];
        for (int number = 0; number < count; number++)
        {
            order[number] = number;
            keys[number] = (m.Vmas[number].Mm.Value, m.Vmas[number].Start);
        }
        Array.Sort(keys, order);
        for (int i = 1; i < count; i++)
        {
            ref VmArea before = ref m.Vmas[order[i - 1]];
            if (before.Mm == m.Vmas[order[i]].Mm && before.End > m.Vmas[order[i]].Start)
            {
                int later = Math.Max(order[i - 1], order[i]);
                throw Contradiction($"$.vmas[{later}]",
                    $"addresses that VMA {Math.Min(order[i - 1], order[i])} has too", "VMAs of one process that do not overlap");
            }
        }
    }

    private void MakeVmas()
    {
        long owners = 0;
        foreach (ulong end in fileEnds)
            owners += end > 0 ? 1 : 0;
        foreach (ulong end in anonVmaEnds)
            owners += end > 0 ? 1 : 0;
        if (owners * entriesOfPage > ScenarioLimits.Vmas)
            throw Wrong("$.pages",
                $"{owners} files and anon_vmas with pages of {entriesOfPage} entries", $"at most {ScenarioLimits.Vmas} VMAs to be made");
        for (int process = 0; process < entriesOfPage; process++)
            MakeVmas(process);
    }

    private void MakeVmas(int process)
    {
        ulong end = 0;
        ulong nominal = AutomaticSpacing;
        for (int file = 0; file < files; file++)
        {
            if (fileEnds[file] > 0)
                MakeVma(process, ScenarioMachine.MappingOf(file), AnonVmaId.None, fileEnds[file], ref nominal, ref end);
        }
        for (int anonVma = 0; anonVma < anonVmas; anonVma++)
        {
            if (anonVmaEnds[anonVma] > 0)
                MakeVma(process, MappingId.None, new AnonVmaId(anonVma), anonVmaEnds[anonVma], ref nominal, ref end);
        }
    }

    private void MakeVma(int process, MappingId file, AnonVmaId anonVma, ulong pages, ref ulong nominal, ref ulong end)
    {
        ulong start = Math.Max(nominal, end);
        if (start >= ScenarioLimits.AddressEnd || pages > (ScenarioLimits.AddressEnd - start) >> Machine.PageShift)
            throw Wrong("$.pages", $"a VMA to be made of {pages} pages at 0x{start:x}", "one that ends at most at 2^47, or \"vmas\"");
        end = start + (pages << Machine.PageShift);
        nominal += AutomaticSpacing;
        Link(new VmArea
        {
            Start = start,
            End = end,
            Mm = new MmId(process),
            File = file,
            AnonVma = anonVma,
            Flags = ScenarioVma.DefaultFlags,
        });
    }
}
