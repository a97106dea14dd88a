using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Where a page's offset is mapped: the VMA's number in the scenario, and the address in bytes.</summary>
public readonly record struct AreaPlace(int Vma, ulong Address);

/// <summary>The VMAs of a drawn machine, and where each offset of each owner is mapped in them.</summary>
/// <remarks>Owners are numbered: the two regular files, tmpfs, then the two anon_vmas that have VMAs of their own.</remarks>
internal sealed class DrawnAreas
{
    public const int RegularFiles = 2, Tmpfs = 2, Anons = 2, Owners = RegularFiles + 1 + Anons;

    // The anon_vma of what processes have written of a private mapping of a file, and one that has no VMA any more.
    private const int FirstPrivate = Anons, Deserted = Anons + RegularFiles;

    private const ulong Apart = 0x10000000, SecondApart = 0x08000000;

    private readonly MachineDraw draw;
    private readonly ulong[] spans;
    private readonly List<ScenarioVma> vmas = [];
    private readonly int[] process, owner;
    private readonly bool[] second;

    /// <summary>Lays out the VMAs.</summary>
    /// <param name="draw">The machine.</param>
    /// <param name="spans">For each owner the offset behind its last page, counted from its base.</param>
    /// <param name="outSlots">Slots of the addresses that live in slots without a page: the last ones of the first anonymous VMA.</param>
    public DrawnAreas(MachineDraw draw, ulong[] spans, int[] outSlots)
    {
        this.draw = draw;
        this.spans = spans;
        var names = new List<(int Process, int Owner, bool Second)>();
        for (int p = 0; p < draw.Processes.Length; p++)
        {
            for (int o = 0; o < Owners; o++)
            {
                int before = vmas.Count;
                AddMain(p, o, p == 0 && o == RegularFiles + 1 ? outSlots : []);
                names.AddRange(Enumerable.Repeat((p, o, false), vmas.Count - before));
                if (HasSecond(p, o))
                {
                    // Mapped by itself, so with an anon_vma of its own as soon as somebody writes there.
                    vmas.Add(Vma(p, o, FlagsOf(p, o, last: true), Apart * (ulong)(o + 1) + SecondApart, draw.Bases[o], Window(draw)) with { AnonVma = null });
                    names.Add((p, o, true));
                }
            }
        }
        (process, owner, second) = ([.. names.Select(name => name.Process)], [.. names.Select(name => name.Owner)], [.. names.Select(name => name.Second)]);
    }

    /// <summary>Length of an ordinary VMA, in pages: all pages of one owner fit, and what lives in slots only behind them.</summary>
    public static ulong Window(MachineDraw draw) => draw.Pages.Length <= 4 ? 12UL : 32UL;

    /// <summary>The VMAs, in the order of the scenario.</summary>
    public IReadOnlyList<ScenarioVma> Vmas => vmas;

    /// <summary>Whether a process has a private, linear mapping of everything of a file: there it can have written pages of its own.</summary>
    public static bool CanWritePrivately(MachineDraw draw, int process, int file) =>
        draw.Vmas[(process * Owners) + file] is { Shared: false, MayShare: false, Nonlinear: false, Cover: Cover.All };

    /// <summary>The anon_vma of a page that lives in a private mapping of a file.</summary>
    public static int PrivateAnonVma(int file) => FirstPrivate + file;

    /// <summary>An anon_vma whose processes are gone.</summary>
    public static int DesertedAnonVma => Deserted;

    /// <summary>The address of an offset of an owner in a process.</summary>
    /// <param name="p">The process.</param>
    /// <param name="o">The owner.</param>
    /// <param name="index">The offset, in pages.</param>
    /// <param name="inSecond">In the second mapping.</param>
    /// <param name="anon">Of an anonymous page: a VMA without its anon_vma has none.</param>
    /// <returns>The place, or null when no VMA there covers it.</returns>
    public AreaPlace? Find(int p, int o, ulong index, bool inSecond = false, bool anon = false)
    {
        for (int vma = 0; vma < vmas.Count; vma++)
        {
            if (process[vma] != p || owner[vma] != o || second[vma] != inSecond || (anon && vmas[vma].AnonVma is null))
                continue;
            ScenarioVma area = vmas[vma];
            if ((area.Flags & VmFlags.Nonlinear) != 0)
                return new AreaPlace(vma, area.Start + (Position(p, o, index, area.Pages) << 12));
            if (index >= area.Pgoff && index - area.Pgoff < area.Pages)
                return new AreaPlace(vma, area.Start + ((index - area.Pgoff) << 12));
        }
        return null;
    }

    /// <summary>Some address of what a process has mapped of an owner.</summary>
    public ulong AnyAddress(int p, int o)
    {
        for (int vma = 0; vma < vmas.Count; vma++)
        {
            if (process[vma] == p && owner[vma] == o)
                return vmas[vma].Start;
        }
        return Apart * (ulong)(o + 1);
    }

    /// <summary>Whether an entry there can be writable.</summary>
    public bool IsWritable(int vma) => (vmas[vma].Flags & VmFlags.Write) != 0;

    /// <summary>Whether a VMA is a shared mapping that can be written.</summary>
    public bool IsShared(int vma) => (vmas[vma].Flags & VmFlags.Shared) != 0;

    private VmaDraw DrawOf(int p, int o) => draw.Vmas[(p * Owners) + o];

    private static bool IsAnon(int o) => o > Tmpfs;

    private bool HasSecond(int p, int o) => !IsAnon(o) && DrawOf(p, o) is { Second: true, Nonlinear: false };

    private void AddMain(int p, int o, int[] outSlots)
    {
        VmaDraw v = DrawOf(p, o);
        bool nonlinear = !IsAnon(o) && v.Nonlinear;
        ulong lead = Math.Min((ulong)v.Lead, draw.Bases[o]), pgoff = draw.Bases[o] - lead;
        ulong pages = nonlinear && v.Long && draw.Pages.Length <= 4 ? 40 : Window(draw);
        if (!nonlinear && !(p == 0 && IsAnon(o)))
        {
            if (v.Cover == Cover.BehindFirst)
                (pgoff, lead) = (draw.Bases[o] + 1, 0);
            else if (v.Cover == Cover.BeforeLast)
                pages = Math.Max(1, lead + Math.Max(spans[o], 1) - 1);
        }
        ulong start = Apart * (ulong)(o + 1) + ((ulong)v.Shift << 12), first = lead + 1;
        if (nonlinear || !v.Split || first >= pages)
        {
            vmas.Add(Vma(p, o, FlagsOf(p, o, last: true), start, pgoff, pages));
        }
        else
        {
            vmas.Add(Vma(p, o, FlagsOf(p, o, last: false), start, pgoff, first));
            vmas.Add(Vma(p, o, FlagsOf(p, o, last: true), start + (first << 12), pgoff + first, pages - first));
        }
        if (nonlinear)
            vmas[^1] = vmas[^1] with { Cursor = (ulong)v.Cursor * 32 << 12, Entries = [.. FileEntries(p, o, vmas[^1])] };
        ScenarioVma last = vmas[^1];
        if (outSlots.Length > 0)
            vmas[^1] = last with { Entries = [.. outSlots.Select((slot, i) => new ScenarioEntry(last.Start + ((last.Pages - 1 - (ulong)i) << 12), slot))] };
    }

    private ScenarioVma Vma(int p, int o, VmFlags flags, ulong start, ulong pgoff, ulong pages) => new()
    {
        Process = p,
        Start = start,
        Pages = pages,
        Pgoff = pgoff,
        File = IsAnon(o) ? null : o,
        AnonVma = IsAnon(o) ? o - RegularFiles - 1 : o < RegularFiles && CanWritePrivately(draw, p, o) ? PrivateAnonVma(o) : null,
        Flags = flags,
    };

    private VmFlags FlagsOf(int p, int o, bool last)
    {
        VmaDraw v = DrawOf(p, o);
        bool two = HasSecond(p, o) || v.Split;
        VmFlags flags = VmFlags.Read | VmFlags.Write;
        if (!IsAnon(o) && (v.Shared || v.Nonlinear))
            flags |= VmFlags.Shared | VmFlags.MayShare;
        else if (!IsAnon(o) && v.MayShare)
            flags = VmFlags.Read | VmFlags.MayShare;
        if (v.ReadOnly && (last || !two))
            flags &= ~VmFlags.Write;
        if (v.Locked && (!two || v.LockedPart == 0 || v.LockedPart == (last ? 2 : 1)))
            flags |= VmFlags.Locked;
        if (v.Reserved)
            flags |= VmFlags.Reserved;
        if (!IsAnon(o) && v.Nonlinear)
            flags |= VmFlags.Nonlinear;
        return flags;
    }

    // In a non-linear VMA a page is mostly not where its offset is; in a long one the pages lie around the border of a cluster.
    private ulong Position(int p, int o, ulong index, ulong pages)
    {
        VmaDraw v = DrawOf(p, o);
        return (index - draw.Bases[o] + (ulong)v.Place + (pages > Window(draw) ? 28UL : 0)) % pages;
    }

    // What was unmapped or never touched since it was set up: an address that maps an offset which is not its own, at the far end.
    private IEnumerable<ScenarioEntry> FileEntries(int p, int o, ScenarioVma area)
    {
        for (int i = 0; i < DrawOf(p, o).FileEntries; i++)
            yield return new ScenarioEntry(area.Start + ((area.Pages - 1 - (ulong)i) << 12), Slot: 0, draw.Bases[o] + (ulong)i);
    }
}
