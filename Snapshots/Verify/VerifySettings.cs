namespace VerifyTests;

/// <summary>What a test may change about where its approved file lies.</summary>
public sealed class VerifySettings
{
    public VerifySettings()
    {
    }

    public VerifySettings(VerifySettings? other)
    {
        if (other is not null)
        {
            (Directory, FileName, Parameters, ParametersText, AcceptsAll) =
                (other.Directory, other.FileName, other.Parameters, other.ParametersText, other.AcceptsAll);
        }
    }

    internal string? Directory { get; private set; }

    internal string? FileName { get; private set; }

    internal object?[]? Parameters { get; private set; }

    internal string? ParametersText { get; private set; }

    internal bool AcceptsAll { get; private set; }

    public void UseDirectory(string directory) => Directory = directory;

    public void UseFileName(string fileName) => FileName = fileName;

    public void UseParameters(params object?[] parameters) => Parameters = parameters;

    public void UseTextForParameters(string parametersText) => ParametersText = parametersText;

    public void AutoVerify(bool includeBuildServer = true) => AcceptsAll = includeBuildServer || !BuildServer.Detected;
}
