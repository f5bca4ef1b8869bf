using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serve.Discovery;
using Serve.Replica;
using Serve.Wire.Control;

namespace Serve.Hosting;

/// <summary>The program prints its deployments as one line of JSON and exits; no deployment is constructed and nothing listens.</summary>
internal static class DescribeMode
{
    public static void Add(WebApplicationBuilder builder, DeploymentCatalog catalog)
    {
        // Only so that endpoints which name a deployment's class know it as a service.
        foreach (var type in catalog.Deployments)
            DeploymentInstance.Register(builder.Services, type, static _ => throw new InvalidOperationException("A program that describes itself constructs no deployment."), count: 1);
        builder.Services.AddHostedService<MissingMapServe>();
    }

    public static void PrintAndExit(IEndpointRouteBuilder app, DeploymentCatalog catalog)
    {
        var routes = app.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().Where(IsDescribed).SelectMany(Describe).Distinct().ToList();
        PrintAndExit(catalog.Describe(routes) with { Problem = WhatIsWrongWithArgs(app.ServiceProvider) });
    }

    /// <summary>The program can't say what it has, since that follows from args that are wrong.</summary>
    public static void RefuseAndExit(IReadOnlyList<string> problems) =>
        PrintAndExit(new ProgramDescription(ProgramDescription.CurrentContract, []) { Problem = InOneLine(problems) });

    private static void PrintAndExit(ProgramDescription description)
    {
        Console.Out.WriteLine(JsonSerializer.Serialize(description, DescribeJson.Options));
        Console.Out.Flush();
        Environment.Exit(0);
    }

    private static string InOneLine(IReadOnlyList<string> problems) => $"The program can't work with its args. {string.Join(" ", problems)}";

    private static string? WhatIsWrongWithArgs(IServiceProvider services)
    {
        if (Environment.GetEnvironmentVariable(ProgramContract.ArgsVariable) is not { Length: > 0 })
            return null;
        var problems = services.GetServices<ArgsCheck>().SelectMany(check => check.Run(services)).ToList();
        return problems.Count == 0 ? null : InOneLine(problems);
    }

    /// <summary>What only says that there is nothing is no route for a reader.</summary>
    private static bool IsDescribed(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not { ExcludeFromDescription: true };

    private static IEnumerable<RouteDescription> Describe(RouteEndpoint endpoint)
    {
        var pattern = endpoint.RoutePattern.RawText ?? "";
        var path = pattern.StartsWith('/') ? pattern : "/" + pattern;
        var curl = endpoint.Metadata.GetMetadata<CurlExample>()?.Arguments;
        var methods = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods;
        return methods is { Count: > 0 } ? methods.Select(method => new RouteDescription(method, path, curl)) : [new RouteDescription("*", path, curl)];
    }

    /// <summary>The host was started, so MapServe did not exit: it was never called.</summary>
    private sealed class MissingMapServe : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("Call app.MapServe() before app.Run().");

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

internal static class DescribeJson
{
    public static readonly JsonSerializerOptions Options = new(ProgramDescriptionJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
