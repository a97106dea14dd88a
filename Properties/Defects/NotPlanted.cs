namespace MigrationConformance.Properties;

/// <summary>Defects of the catalogue that are not planted, with the reason.</summary>
public static class NotPlanted
{
    private const string Later = "of a later kernel, in code that no level here has";

    public static readonly (string Id, string Reason)[] All =
    [
        ("D19", "an anon_vma without VMAs stays as an empty list here: what keeps it is its caller's mmap_sem"),
        ("D23", Later + ": there are no migration entries; that nothing sampled before a write is used after it is PAGE-MAPPING"),
        ("D33", "the code has it: a page that moves dirty makes all its buffers dirty; a level that moved the flag alone would differ, not break"),
        ("D38", "the code has it: buffer_migrate_page looks at no b_count; a user of a buffer here writes nothing through it"),
        ("D40", "a schedule, not a wrong step: readers that always stand in the way are legal, and the eleven passes end all the same (PASS-ENDS)"),
        ("D42", "the code of these levels has it: it compares no entry, and there is nothing to take away"),
        ("D49", Later),
        ("D52", Later),
        ("D55", "there are no counters by zone but those of the lists"),
        ("D62", "no mapping here is limited to some zones"),
        ("A02", "the code has it, and it breaks no rule: a retry"),
        ("A05", "what a back-out may leave changed is the subject of BackOutSymmetry"),
        ("A08", "the code has it: a level that hands ignore_refs down would differ, not break"),
        ("A09", "that the two cannot fail is why M67 and M69 are planted with the crafted half"),
        ("A13", "the code has it, and it breaks no rule: others that hold a page lock let go of it"),
    ];
}
