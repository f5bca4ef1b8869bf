using Serve;

var builder = WebApplication.CreateBuilder(args);
builder.AddServe();

var app = builder.Build();
app.MapServe();
app.Run();

/// <summary>The smallest deployment: one endpoint.</summary>
[Deployment(NumCpus = 0.1)]
internal sealed class Greeter : IIngress
{
    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/hello", (Greeter greeter, string? name) => greeter.Greet(name ?? "world"));

    public string Greet(string name) => $"Hello, {name}!";
}
