using System.Text;
using MigrationConformance.Core;

namespace MigrationConformance.Scenarios;

/// <summary>What reading and building a scenario say.</summary>
internal static class Sentence
{
    /// <summary>The sentence about a text that is not a scenario.</summary>
    public static string OfReading(string text) => OfReading(Encoding.UTF8.GetBytes(text));

    public static string OfReading(byte[] text) => Of(() => ScenarioReader.Read(text));

    /// <summary>The sentence about a scenario that can be read but makes no machine.</summary>
    public static string OfBuilding(string text)
    {
        Scenario scenario = Read(text);
        return Of(() => ScenarioBuilder.Build(scenario));
    }

    public static Scenario Read(string text) => ScenarioReader.Read(Encoding.UTF8.GetBytes(text));

    public static ScenarioMachine Build(string text) => ScenarioBuilder.Build(Read(text));

    private static string Of(Action action)
    {
        try
        {
            action();
        }
        catch (ScenarioException e)
        {
            return e.Message;
        }
        return "it was accepted";
    }
}
