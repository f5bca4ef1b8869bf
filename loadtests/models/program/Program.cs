// What models served by Serve are compared with, one for each first argument:
//   direct <model.onnx> <input> <dimensions> <callers> <seconds>   ONNX Runtime in a loop; prints a row of results
//   kestrel <port>                                                 bare Kestrel that answers unary calls with what they bring
using System.Globalization;
using System.Text.Json;
using Load.Models;

switch (args)
{
    case ["direct", var model, var input, var dimensions, var callers, var seconds]:
        Console.WriteLine(Direct(model, input, dimensions, int.Parse(callers, CultureInfo.InvariantCulture), double.Parse(seconds, CultureInfo.InvariantCulture)));
        return 0;
    case ["kestrel", var port]:
        UnaryEcho.Run(int.Parse(port, CultureInfo.InvariantCulture));
        return 0;
    default:
        Console.Error.WriteLine("models-program direct <model.onnx> <input> <dimensions> <callers> <seconds> | kestrel <port>");
        return 2;
}

static string Direct(string model, string input, string dimensions, int callers, double seconds)
{
    using var loop = new DirectLoop(model, input, Array.ConvertAll(dimensions.Split(','), static dimension => long.Parse(dimension, CultureInfo.InvariantCulture)));
    loop.Run(callers, TimeSpan.FromSeconds(1));
    return JsonSerializer.Serialize(loop.Run(callers, TimeSpan.FromSeconds(seconds)), new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower });
}
