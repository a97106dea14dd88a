namespace MigrationConformance.Core;

/// <summary>to has lost one page for each page that was migrated, and none for any other way out; a call allocates it anew for each chunk.</summary>
internal static class ToIsUsedOnlyByMigrations
{
    public const string Name = "to is used only by migrations";

    public static Violation? Check(Machine m, Survey survey)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Kind != TaskKind.Migration || t.To.IsNone)
                continue;
            if (t.Call != 0 && t.Step >= (int)PolicyStep.CheckArguments)
                continue;
            int taken = t.Call != 0 ? m.PolicyCalls[t.Call - 1].NrPages : 0;
            foreach (int list in survey.StartList)
                taken += t.Call == 0 && list == t.To.Value + 1 ? 1 : 0;
            for (int page = m.Lists[t.To.Value].Next; page >= 0; page = m.Pages[page].Next)
                taken--;
            int moved = 0;
            for (int page = m.Lists[t.Moved.Value].Next; page >= 0; page = m.Pages[page].Next)
                moved++;
            bool finishing = t.Step == (int)MigrationStep.FinishPage && t.Rc == 0 && t.Reason == BackOutReason.None;
            if (taken > moved + (finishing ? 1 : 0))
                return new Violation(Name, $"{taken} pages are gone from to, {moved} pages are on moved", Pfn.None);
        }
        return null;
    }
}
