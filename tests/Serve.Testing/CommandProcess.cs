using System.Diagnostics;
using System.Text;
using Serve.Server.Node;
using Serve.Server.Platform;

namespace Serve.Testing;

/// <summary>The <c>serve</c> command, or another program of ours, in a process of its own.</summary>
internal sealed class CommandProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private bool _isDisposed;

    private CommandProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public static CommandProcess Start(params ReadOnlySpan<string> arguments) => new(Process.Start(StartInfo(arguments))!);

    /// <summary>Starts a program that is no command.</summary>
    /// <param name="dll">The program.</param>
    /// <param name="environment">Variables of its environment.</param>
    public static CommandProcess StartProgram(string dll, IReadOnlyDictionary<string, string> environment)
    {
        var start = StartInfo(dll, []);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new CommandProcess(Process.Start(start)!);
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<CommandResult> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(StartInfo(arguments))!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new CommandResult(process.ExitCode, await output, await error);
    }

    /// <summary>SIGTERM, and wait.</summary>
    public async Task StopAsync()
    {
        if (!_process.HasExited)
            Posix.Terminate(_process.Id);
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGKILL, and wait.</summary>
    public Task KillAsync()
    {
        _process.Kill();
        return _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        using var patience = new CancellationTokenSource(Eventually.Patience);
        try
        {
            if (!_process.HasExited)
                Posix.Terminate(_process.Id);
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException exception)
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The command did not end on SIGTERM. It wrote:\n{Output}", exception);
        }
        finally
        {
            _process.Dispose();
        }
    }

    private static ProcessStartInfo StartInfo(ReadOnlySpan<string> arguments) => StartInfo(Repository.DllOf("src/Serve.Cli", "Serve.Cli"), arguments);

    private static ProcessStartInfo StartInfo(string dll, ReadOnlySpan<string> arguments) => new(DotnetHost.Path, [dll, .. arguments])
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = Repository.Root,
    };

    private void Append(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }
}

internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}{Error}";
}
