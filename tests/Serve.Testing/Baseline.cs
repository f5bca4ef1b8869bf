namespace Serve.Testing;

/// <summary>A committed text that must equal what the code says today; the difference is what a reviewer reads.</summary>
public static class Baseline
{
    /// <summary>Set it to write the committed texts anew.</summary>
    public const string UpdateVariable = "SERVE_UPDATE_BASELINES";

    /// <param name="path">The committed file, below the repository's root.</param>
    /// <param name="actual">What it should say.</param>
    /// <returns>Null where both are equal, else the first line that differs and how to write the file anew.</returns>
    public static string? WhatDiffers(string path, string actual)
    {
        var file = Repository.PathOf(path);
        if (Environment.GetEnvironmentVariable(UpdateVariable) is not null)
            File.WriteAllText(file, actual);
        var expected = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        if (expected == actual)
            return null;
        var (old, now) = (expected.Split('\n'), actual.Split('\n'));
        var line = Enumerable.Range(0, Math.Max(old.Length, now.Length)).First(i => old.ElementAtOrDefault(i) != now.ElementAtOrDefault(i));
        return $"{path} line {line + 1} says\n  {old.ElementAtOrDefault(line)}\nbut the code says\n  {now.ElementAtOrDefault(line)}\nIf that is meant, run the tests once with {UpdateVariable}=1 and commit the file.";
    }
}
