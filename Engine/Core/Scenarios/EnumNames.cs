using System.Text.Json;

namespace MigrationConformance.Core;

/// <summary>Names of enumerations as a writer takes them, made once.</summary>
internal static class EnumNames
{
    private static readonly JsonEncodedText[] Steps = Make<MigrationStep>((int)Enum.GetValues<MigrationStep>()[^1] + 1);
    private static readonly JsonEncodedText[] PolicySteps = Array.ConvertAll(Enum.GetValues<PolicyStep>(), step => Encode($"{step}"));
    private static readonly JsonEncodedText[] Reasons = Make<BackOutReason>(Enum.GetValues<BackOutReason>().Length);
    private static readonly JsonEncodedText[] Waits = Make<WaitKind>(Enum.GetValues<WaitKind>().Length);
    private static readonly JsonEncodedText[] Holds =
        [Encode("none"), Encode("pageLock"), Encode("reference"), Encode("writeback"), Encode("bufferCount"), Encode("bufferLock")];

    /// <summary>The name of a step.</summary>
    /// <param name="step">A step, or a policy step by its number.</param>
    /// <returns>The name of its enumeration member.</returns>
    public static JsonEncodedText Step(MigrationStep step) =>
        (int)step < Steps.Length ? Steps[(int)step] : PolicySteps[(int)step - (int)PolicyStep.CheckArguments];

    /// <summary>The name of a reason.</summary>
    /// <param name="reason">A reason.</param>
    /// <returns>The name of its enumeration member.</returns>
    public static JsonEncodedText Reason(BackOutReason reason) => Reasons[(int)reason];

    /// <summary>The name of what a task waits for.</summary>
    /// <param name="kind">What it waits for.</param>
    /// <returns>The name of its enumeration member.</returns>
    public static JsonEncodedText Wait(WaitKind kind) => Waits[(int)kind];

    /// <summary>The word for what others hold.</summary>
    /// <param name="kind">What they hold.</param>
    /// <returns>The word, in camelCase.</returns>
    public static JsonEncodedText Hold(HoldKind kind) => Holds[(int)kind];

    private static JsonEncodedText[] Make<T>(int count)
        where T : struct, Enum
    {
        var names = new JsonEncodedText[count];
        for (int value = 0; value < count; value++)
            names[value] = Encode(Enum.GetName(typeof(T), value) ?? "");
        return names;
    }

    private static JsonEncodedText Encode(string name) => JsonEncodedText.Encode(name);
}
