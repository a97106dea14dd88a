using System.Globalization;

namespace MigrationConformance.Snapshots;

/// <summary>Renderings are the same in every culture and at every run.</summary>
[TestFixture]
public sealed class Cultures
{
    [TestCaseSource(typeof(Cases), nameof(Cases.Names))]
    public void A_rendering_does_not_depend_on_the_culture(string page)
    {
        string invariant = Everything(page), again = Everything(page);
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = Strange();

            Assert.That(Everything(page), Is.EqualTo(invariant));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        Assert.That(again, Is.EqualTo(invariant));
        Assert.That(invariant, Does.Not.Contain('\r').And.EndWith("\n"));
    }

    private static string Everything(string page)
    {
        ScenarioMachine run = Cases.Build(page);
        var view = new MachineView(run);
        // Below zero, since cultures differ most in the sign.
        run.Machine.Pages[0].Mapcount -= 7;
        string text = MachineText.Of(view) + TreeText.OfAll(view) + ListsText.Of(view) + PageTablesText.OfAll(view) + SwapText.Of(view)
            + PageText.WithLedger(view, new Pfn(0)) + Picture.Draw(("lists", ListsText.Of(view)));
        run.Machine.Pages[0].Mapcount += 7;
        return text + TraceText.Run(run) + AttemptsText.Run(Cases.Build(page));
    }

    // Made here, since the tests run without the data of real cultures.
    private static CultureInfo Strange()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NegativeSign = "\u2212";
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = ".";
        return culture;
    }
}
