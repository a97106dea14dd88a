using MigrationConformance.Core;
using Step = MigrationConformance.Core.MigrationStep;

namespace MigrationConformance.Properties;

// Step 18, at the levels where it has code.
public static partial class DefectList
{
    private static Defect[] Step18 =>
    [
        At("D14 M121 D18", "STEP-18", Stages.Restored, Step.RemoveFromSwap, (b, m, ref t) =>
        {
            // The old page is not in the swap cache, and the anon_vma of a page that nobody maps is not found: nothing is done.
            if (t.Step == (int)Step.RestoreEntries)
                (t.Step, m.AnonVmas[New(m, t).Mapping.AnonVma.Value].Lock) = ((int)Step.DropLocks, 0);
        }),
        At("M131", "STEP-18", Stages.Restored, Step.RemoveFromSwap, (b, m, ref t) =>
        {
            if (t.Step == (int)Step.RestoreEntries)
                (t.Step, m.AnonVmas[New(m, t).Mapping.AnonVma.Value].Lock) = ((int)Step.DeleteFromSwapCache, 0);
        }),
        At("D15 M123", "spin locks have owners", Stages.Restored, Step.RestoreEntries, (b, m, ref t) =>
        {
            if (t.Step == (int)Step.DeleteFromSwapCache)
                m.AnonVmas[New(m, t).Mapping.AnonVma.Value].Lock = 1;
        }),
        At("D16", "STEP-18-ENTRY", Stages.Restored, Step.RestoreEntries, (b, m, ref t) =>
            t.Step = t.Step == (int)Step.DeleteFromSwapCache ? (int)Step.DropLocks : t.Step),
        At("D17", "no kernel BUG", Stages.Restored, Step.RemoveFromSwap, (b, m, ref t) =>
        {
            New(m, t).Clear(PageFlags.Locked);
            t.HoldsNewpageLock = 0;
        }),
        At("D28 D60", "STEP-18-ENTRY", Stages.Restored, Step.RestoreEntries, (b, m, ref t) =>
        {
            for (int row = 0; row < m.Ptes.Count; row++)
                m.Ptes[row] = CameBack(b, m, row) ? m.Ptes[row].MkWrite() : m.Ptes[row];
        }),
        At("D54 M129", "swap_map is its users", Stages.RestoredBesideAnotherEntry, Step.RestoreEntries, (b, m, ref t) =>
        {
            ref Pte other = ref m.Ptes[PageTables.Find(m, new MmId(1), 0x10002000)];
            if (t.Step != (int)Step.DeleteFromSwapCache || !other.IsSwap)
                return;
            other = Pte.Present(t.Newpage, write: false, dirty: false, young: false);
            New(m, t).Count++;
            New(m, t).Mapcount++;
            m.Mms[1].AnonRss++;
            SwapFile.SwapFree(m, New(m, t).SwapEntry);
        }),
        At("D58", "rmap finds every entry", Stages.Restored, Step.RestoreEntries, (b, m, ref t) =>
        {
            int row = PageTables.Find(m, new MmId(0), 0x10002000);
            if (CameBack(b, m, row))
                (m.Ptes[row + 1], m.Ptes[row]) = (m.Ptes[row], Pte.Zero);
        }),
        At("M125", "swap_map is its users", Stages.Restored, Step.RestoreEntries, (b, m, ref t) =>
        {
            for (int slot = 1; slot < m.SwapMap.Count; slot++)
                m.SwapMap[slot] = b.SwapMap[slot];
        }),
        At("M127", "mapcount is its entries", Stages.Restored, Step.RestoreEntries, (b, m, ref t) => New(m, t).Mapcount = New(b, t).Mapcount),
        At("M133", "rss is its present entries", Stages.Restored, Step.RestoreEntries, (b, m, ref t) => m.Mms[0].AnonRss = b.Mms[0].AnonRss),
        AtAction("D53", "STEP-18-CACHE", Stages.RestoredShared.And(new ActorSpec(TaskKind.Mremap, Process: 1, Address: 0x10002000)), Actor, "CopyVma", (b, m, ref t) =>
        {
            // The new VMA comes first where the walk looks, so that it has passed it when the entry moves there.
            if (m.Vmas.Count == b.Vmas.Count)
                return;
            int moved = m.Vmas.Count - 1;
            ref AnonVma anonVma = ref m.AnonVmas[m.Vmas[moved].AnonVma.Value];
            int last = anonVma.Head;
            while (m.Vmas[last].AnonNext != moved)
                last = m.Vmas[last].AnonNext;
            m.Vmas[last].AnonNext = -1;
            (m.Vmas[moved].AnonNext, anonVma.Head) = (anonVma.Head, moved);
        }),
        At("A11", "STEP-18-CACHE", Stages.RestoredShared, Step.RestoreEntries, (b, m, ref t) => t.UnmapVma = -1),
    ];

    private static bool CameBack(Machine b, Machine m, int row) => b.Ptes[row].IsSwap && m.Ptes[row].IsPresent;
}
