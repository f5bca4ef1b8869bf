using System.Diagnostics;
using System.Text.Json;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>A client that is none of ours, in a process of its own.</summary>
internal static class ForeignProgram
{
    /// <summary>Runs one that prints what each of its scenarios saw as one JSON object.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> RunScenariosAsync(string program, params string[] arguments) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(await RunAsync(program, arguments))!;

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(Eventually.Patience, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        return process.ExitCode == 0 && await output is { Length: > 0 } text
            ? text
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}:\n{await output}\n{await errors}");
    }
}
