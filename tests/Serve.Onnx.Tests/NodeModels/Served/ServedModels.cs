using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serve.ModelServer;
using Serve.ModelServer.Args;
using Serve.Testing;

namespace Serve.Onnx.Tests.NodeModels.Served;

/// <summary>The model server in this process, over Kestrel on the loopback, with an empty repository that clients fill; and a client of it.</summary>
internal sealed partial class ServedModels : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WebApplication _app;

    private ServedModels()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Critical);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        CommandLine.Add(builder.Configuration, ["--models", _folder.Path, "--model-control", "explicit"]);
        builder.AddModelServer();
        _app = builder.Build();
        _app.MapServe();
    }

    public HttpClient Rest { get; private set; } = null!;

    public HttpClient Grpc { get; private set; } = null!;

    public static async Task<ServedModels> StartAsync()
    {
        var server = new ServedModels();
        await server._app.StartAsync();
        var addresses = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToArray();
        server.Rest = new HttpClient { BaseAddress = new Uri(addresses[0]) };
        server.Grpc = new HttpClient { BaseAddress = new Uri(addresses[1]) };
        return server;
    }

    /// <summary>Messages of the engine without what changes from run to run, one line of them.</summary>
    public static string Shorten(string message)
    {
        var line = TemporaryPath().Replace(message.Split('\n')[0], "…");
        return line.Length > 200 ? line[..200] + "…" : line;
    }

    /// <summary>Sends a model to the server.</summary>
    /// <returns>Why it didn't load, or null.</returns>
    public async Task<string?> LoadAsync(string model, string file)
    {
        var load = new JsonObject
        {
            ["parameters"] = new JsonObject { ["config"] = """{ "max_batch_size": 0 }""", ["file:1/model.onnx"] = Convert.ToBase64String(await File.ReadAllBytesAsync(file)) },
        };
        using var answer = await Rest.PostAsJsonAsync($"v2/repository/models/{model}/load", load);
        return answer.IsSuccessStatusCode ? null : Shorten((await answer.Content.ReadFromJsonAsync<JsonNode>())!["error"]!.GetValue<string>());
    }

    public async Task UnloadAsync(string model)
    {
        using var answer = await Rest.PostAsync($"v2/repository/models/{model}/unload", content: null);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>What the model takes and gives, as the server says.</summary>
    public async Task<(IReadOnlyList<(string Name, TensorDataType Type)> Inputs, IReadOnlyList<(string Name, TensorDataType Type)> Outputs)> DescribeAsync(string model)
    {
        var description = (await Rest.GetFromJsonAsync<JsonNode>($"v2/models/{model}"))!;
        return (Read("inputs"), Read("outputs"));

        List<(string Name, TensorDataType Type)> Read(string field) => [.. description[field]!.AsArray().Select(static tensor =>
        {
            TensorDataTypes.TryParse(tensor!["datatype"]!.GetValue<string>(), out var type).ShouldBeTrue();
            return (tensor["name"]!.GetValue<string>(), type);
        })];
    }

    public async ValueTask DisposeAsync()
    {
        Rest?.Dispose();
        Grpc?.Dispose();
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    [GeneratedRegex(@"/\S*/model\.onnx", RegexOptions.NonBacktracking)]
    private static partial Regex TemporaryPath();
}
