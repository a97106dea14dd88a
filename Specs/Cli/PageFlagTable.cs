using MigrationConformance.Conventions;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>The table from the page flags of today to those of 2006.</summary>
[TestFixture]
public sealed class PageFlagTable
{
    [Test]
    public void Each_bit_stands_once_and_in_order()
    {
        int[] bits = [.. KernelPageFlags.Table.Select(row => row.Bit)];

        Assert.That(bits, Is.Ordered.And.Unique);
    }

    [Test]
    public void A_flag_of_2006_comes_from_its_row_and_from_no_other_bit()
    {
        foreach (KernelPageFlag row in KernelPageFlags.Table)
            Assert.That(KernelPageFlags.Translate(row.Mask), Is.EqualTo(row.Flag), row.Name);
    }

    [Test]
    public void A_frame_is_left_out_for_the_reason_of_its_row()
    {
        foreach (KernelPageFlag row in KernelPageFlags.Table)
            Assert.That(KernelPageFlags.ReasonToLeaveOut(row.Mask | FakeProc.File), Is.EqualTo(row.LeftOut), row.Name);
    }

    [Test]
    public void Flags_that_follow_from_other_keys_are_never_given()
    {
        const PageFlags Computed = PageFlags.Locked | PageFlags.Lru | PageFlags.Private | PageFlags.Writeback | PageFlags.SwapCache;

        Assert.That(KernelPageFlags.Translate(ulong.MaxValue) & Computed, Is.EqualTo(PageFlags.None));
    }

    [Test]
    public void The_page_about_it_says_what_the_table_says()
    {
        Assert.That(SourceTree.Read("Engine/Cli/Capture/FLAGS.md"), Does.EndWith(FlagTable.Render()));
    }
}
