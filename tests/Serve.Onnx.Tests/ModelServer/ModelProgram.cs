using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serve.ModelServer;
using Serve.OpenInference;

namespace Serve.Onnx.Tests.ModelServer;

/// <summary>The model server alone, in the test's process.</summary>
internal sealed class ModelProgram : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ModelProgram(WebApplication app)
    {
        _app = app;
        Http = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
    }

    public HttpClient Http { get; }

    public IInferenceServer Server => _app.Services.GetRequiredService<ModelIngress>();

    /// <param name="args">The args by their paths, such as <c>models:squares:path</c>.</param>
    public static async Task<ModelProgram> StartAsync(params (string Name, string Value)[] args)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(args.Select(static arg => KeyValuePair.Create($"Serve:Args:{arg.Name}", (string?)arg.Value)));
        builder.AddModelServer();
        var app = builder.Build();
        app.MapServe();
        await app.StartAsync();
        return new ModelProgram(app);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
