using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>What the rules of the call around migrate_pages look at.</summary>
internal static class CallRules
{
    public static bool Drained(Machine before, Machine after)
    {
        ref CpuPagevecs pagevecs = ref after.Pagevecs[before.PolicyCalls[0].DrainCpu];
        return pagevecs.LruAdd.Nr + pagevecs.LruAddActive.Nr == 0;
    }

    public static bool IsolatedAlive(Machine before, Machine after, ListId from)
    {
        foreach (Pfn page in PageList.Walk(after, from))
        {
            ref Page now = ref after.Pages[page.Value], then = ref before.Pages[page.Value];
            bool fresh = then.Next != now.Next || then.Prev != now.Prev;
            if (fresh && then.Count != now.Count && (then.Count < 1 || now.Count != then.Count + 1 || now.Flags != (then.Flags & ~PageFlags.Lru)))
                return false;
        }
        return true;
    }

    public static bool AllocatesInOrder(in Moved s)
    {
        ref PolicyCall before = ref s.Before.PolicyCalls[s.From.Call - 1], after = ref s.After.PolicyCalls[s.From.Call - 1];
        if (after.NrPages == before.NrPages)
            return after.Err != 0;
        bool inOrder = s.Has(PatchLevel.NewPageOrder);
        Pfn old = inOrder ? PageList.First(s.Before, before.NewList) : PageList.Last(s.Before, before.NewList);
        Pfn now = inOrder ? PageList.First(s.After, after.NewList) : PageList.Last(s.After, after.NewList);
        bool ends = PageList.Next(s.Before, before.At).IsNone || after.NrPages > 256 || !s.Has(PatchLevel.ChunkedAllocation);
        return (old.IsNone || old == now) && ends == (s.To.Step == (int)MigrationStep.Begin);
    }

    public static bool PutsBack(in Moved s)
    {
        Pfn page = PageList.First(s.Before, s.From.From);
        if (page.IsNone || s.After.Pages[page.Value].Has(PageFlags.Lru))
            return true;
        ref Pagevec pagevec = ref s.Before.Pages[page.Value].Has(PageFlags.Active) ? ref s.After.Pagevecs[s.From.Cpu].LruAddActive : ref s.After.Pagevecs[s.From.Cpu].LruAdd;
        return pagevec.Nr > 0 && pagevec.Pages[pagevec.Nr - 1] == page.Value;
    }
}
