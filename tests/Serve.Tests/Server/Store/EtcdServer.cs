using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Serve.Testing;

namespace Serve.Tests.Server.Store;

/// <summary>A real etcd for a class of tests, where one is installed.</summary>
public sealed class EtcdServer : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private Process? _process;

    /// <summary>Where the program is, or null.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "etcd")).FirstOrDefault(File.Exists);

    public HttpClient Http { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Program is null)
            return;
        var (client, peer) = ($"http://127.0.0.1:{FreePort()}", $"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo(
            Program,
            ["--data-dir", _folder.File("etcd"), "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"default={peer}"])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        Http = new HttpClient { BaseAddress = new Uri(client) };
        await Eventually.TrueAsync(IsHealthyAsync);
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
        {
            Http.Dispose();
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _folder.Dispose();
    }

    /// <summary>Ends all leases: what is left of one test must not change revisions in the next.</summary>
    public async Task RevokeAllAsync()
    {
        var leases = await PostAsync("/v3/lease/leases", []);
        foreach (var lease in leases["leases"]?.AsArray() ?? [])
            await PostAsync("/v3/lease/revoke", new JsonObject { ["ID"] = lease!["ID"]!.DeepClone() });
    }

    public async Task<JsonNode> PostAsync(string path, JsonObject body)
    {
        using var response = await Http.PostAsJsonAsync(path, body);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    private async Task<bool> IsHealthyAsync()
    {
        try
        {
            return (await Http.GetStringAsync("/health")).Contains("true", StringComparison.Ordinal);
        }
        catch (HttpRequestException) when (!_process!.HasExited)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
