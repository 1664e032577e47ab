package dev.filelock.sample;

import dev.filelock.sample.PriceCatalog.Prices;
import java.io.IOException;
import java.math.BigDecimal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/prices")
class PriceController {
    private final PriceCatalog catalog;

    PriceController(PriceCatalog catalog) {
        this.catalog = catalog;
    }

    @GetMapping
    Prices prices() throws IOException {
        return catalog.read();
    }

    @PutMapping("/{item}")
    Prices change(@PathVariable String item, @RequestParam BigDecimal price) throws IOException {
        return catalog.change(item, price);
    }
}
