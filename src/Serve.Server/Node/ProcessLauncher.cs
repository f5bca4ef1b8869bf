using System.ComponentModel;
using System.Diagnostics;
using Serve.Server.Platform;

namespace Serve.Server.Node;

/// <summary>Starts real processes.</summary>
internal sealed class ProcessLauncher : IProcessLauncher
{
    public ILaunchedProcess Launch(LaunchSpec spec)
    {
        var start = new ProcessStartInfo(spec.File, spec.Arguments)
        {
            WorkingDirectory = spec.WorkingDirectory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        RemoveBuildVariables(start.Environment);
        foreach (var (name, value) in spec.Environment)
            start.Environment[name] = value;
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            process.Dispose();
            throw new InvalidOperationException($"'{spec.File}' can't be started in '{spec.WorkingDirectory}': {exception.Message}", exception);
        }

        process.StandardInput.Close();
        return new LaunchedProcess(process);
    }

    /// <summary>A build server's variables, inherited where the server itself was started by a build, lead other builds astray.</summary>
    private static void RemoveBuildVariables(IDictionary<string, string?> environment)
    {
        foreach (var name in environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            environment.Remove(name);
    }

    private sealed class LaunchedProcess : ILaunchedProcess
    {
        private readonly Process _process;

        public LaunchedProcess(Process process)
        {
            _process = process;
            Id = process.Id;
            Outputs = [process.StandardOutput.BaseStream, process.StandardError.BaseStream];
            Exited = WaitAsync();
        }

        public int Id { get; }

        public Task<int> Exited { get; }

        public IReadOnlyList<Stream> Outputs { get; }

        public void Terminate()
        {
            if (!Exited.IsCompleted)
                Posix.Terminate(Id);
        }

        public void Kill()
        {
            try
            {
                if (!Exited.IsCompleted)
                    _process.Kill(entireProcessTree: true);
            }
            catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
            {
                // It has ended meanwhile.
            }
        }

        public void Dispose() => _process.Dispose();

        private async Task<int> WaitAsync()
        {
            var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _process.Exited += (_, _) => exited.TrySetResult();
            if (_process.HasExited)
                exited.TrySetResult();
            await exited.Task;
            return _process.ExitCode;
        }
    }
}
