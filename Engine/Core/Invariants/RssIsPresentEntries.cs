namespace MigrationConformance.Core;

/// <summary>anon_rss and file_rss count the present entries of a process.</summary>
internal static class RssIsPresentEntries
{
    public const string Name = "rss is its present entries";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int mm = 0; mm < m.Mms.Count; mm++)
        {
            int anon = 0, file = 0;
            var entries = new EntryCursor(m, new MmId(mm));
            while (entries.Next())
            {
                if (!entries.Pte.IsPresent)
                    continue;
                if (m.Pages[entries.Pte.Page.Value].IsAnon)
                    anon++;
                else
                    file++;
            }
            ref Mm row = ref m.Mms[mm];
            if (row.AnonRss != anon || row.FileRss != file)
                return new Violation(Name, $"process {mm}: anon_rss {row.AnonRss} with {anon} entries, file_rss {row.FileRss} with {file} entries", Pfn.None);
        }
        return null;
    }
}
