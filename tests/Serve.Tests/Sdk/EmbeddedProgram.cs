using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serve.Testing;

namespace Serve.Tests.Sdk;

/// <summary>A user's program that serves by itself, in the test's process on a free port.</summary>
internal sealed class EmbeddedProgram : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EmbeddedProgram(WebApplication app, TestLog log)
    {
        _app = app;
        Log = log;
        Http = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
    }

    public HttpClient Http { get; }

    public TestLog Log { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<EmbeddedProgram> StartAsync(Action<ServeOptions> deployments, Action<WebApplicationBuilder>? configure = null)
    {
        var log = new TestLog();
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(log);
        builder.AddServe(deployments);
        configure?.Invoke(builder);
        var app = builder.Build();
        app.MapServe();
        await app.StartAsync();
        return new EmbeddedProgram(app, log);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
